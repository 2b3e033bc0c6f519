# SPDX-License-Identifier: MIT
# about: F14: on another filesystem inside the tree the temps are there, hidden
# mount: no
# needs: root
# quarantine: some
from mounttest import *

os.mkdir(BACKING / "in")
run("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", BACKING / "in")
try:
    with mounted():
        os.chdir(MNT)
        write("in/f", b"old")
        os.mkdir("in/d")
        p = Peer()
        fds = [p.put("in/f", b"new"), p.put("in/d/g", b"g")]
        eq(names("in"), ["d", "f"])
        eq(names("in/d"), [])
        eq(read("in/f"), b"old")
        for n in os.listdir(BACKING / "in"):
            if n not in ("d", "f"):
                absent("in/" + n)
        for fd in fds:
            p.close(fd)
        eq(read("in/f"), b"new")
        eq(read("in/d/g"), b"g")
        p.put("in/f", b"partial")
        p.kill()
        eq(read("in/f"), b"new")
        one_partial("in/f", b"partial")
        raises(errno.EXDEV, os.rename, "in/f", "f")
        raises(errno.EXDEV, os.link, "in/f", "f")
        pid = daemon_pid()
        q = Peer()
        q.put("in/f", b"crashed")
        os.chdir(TMP)
        os.kill(pid, signal.SIGKILL)
        q.exit()
        idemfs("mount", BACKING, MNT)
        eq(sorted(os.listdir(BACKING / "in")), ["d", "f"])
        eq(read(MNT / "in/f"), b"new")
finally:
    run("umount", "-l", BACKING / "in")
