# SPDX-License-Identifier: MIT
# about: F14: an aborted connection is a crash like any other: old or new, and the next mount goes on
# needs: root
# mount: no
# quarantine: some
# log: errors
from mounttest import *

control = TMP / "control"
control.mkdir()
run("mount", "-t", "fusectl", "none", control)
try:
    daemon = subprocess.Popen([IDEMFS, "mount", "-f", BACKING, MNT],
                              stderr=subprocess.DEVNULL)
    wait_until(lambda: os.path.ismount(MNT), "the mount")
    write(MNT / "f", b"old")
    Path(MNT / ".checkpoints/a.done").touch()
    write(MNT / "closed", b"whole")
    p = Peer()
    fds = [p.put(MNT / "f", b"half"), p.put(MNT / "new", b"part")]
    listing = os.scandir(MNT)  # a directory that stays open
    next(listing)
    number = os.minor(os.stat(MNT).st_dev)
    (control / str(number) / "abort").write_text("1")
    raises((errno.ENOTCONN, errno.ECONNABORTED), os.stat, MNT / "f")
    for fd in fds:
        with contextlib.suppress(OSError):
            p.close(fd)
    p.exit()
    listing.close()
    eq(daemon.wait(), 1)
finally:
    run("umount", control)
with mounted():
    eq(read(MNT / "f"), b"old")
    eq(read(MNT / "closed"), b"whole")
    eq(names(MNT), [".checkpoints", "closed", "f"])
    eq({e["path"]: e["content"] for e in partials()},
       {"f": b"half", "new": b"part"})
    eq(temps(), [])
    Path(MNT / ".checkpoints/b.done").touch()
    check(b"closed" in read(MNT / ".checkpoints/b.done"), "told by no mark")
idemfs("verify", "--full", BACKING)
