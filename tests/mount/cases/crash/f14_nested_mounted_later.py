# SPDX-License-Identifier: MIT
# about: D7: what was closed before a crash on a filesystem that is mounted later than idemfs does not come over what is newer
# needs: root
# mount: no
# quarantine: some
from mounttest import *

CLOSE = ["--durability", "close"]


def close_and_crash():
    """Closes "f", which a child has open still: there is a note."""
    daemon = daemon_pid()
    fd = os.open(MNT / "in/f", TRUNC)
    write_all(fd, b"older")
    child = Peer(keep=True)
    os.close(fd)
    os.kill(daemon, signal.SIGKILL)
    child.exit()
    run("umount", "-l", MNT)


disk, inside = TMP / "disk", BACKING / "in"
disk.mkdir()
inside.mkdir()
run("mount", "-t", "tmpfs", "none", disk)
try:
    run("mount", "--bind", disk, inside)
    idemfs("mount", *CLOSE, BACKING, MNT)
    close_and_crash()
    run("umount", "-l", inside)

    with mounted(*CLOSE):
        run("mount", "--bind", disk, inside)
        time.sleep(1.2)  # --cache
        write(MNT / "in/f", b"newer")
    with mounted(*CLOSE):
        eq(read(MNT / "in/f"), b"newer")
        eq([(p["path"], p["content"]) for p in partials()],
           [("in/f", b"older")])
finally:
    os.chdir(TMP)
    run("umount", "-l", inside, status=None)
    run("umount", "-l", disk)
