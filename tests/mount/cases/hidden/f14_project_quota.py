# SPDX-License-Identifier: MIT
# about: F14: in a directory of another project (EXDEV) the temp is beside its name
# backing: xfs 320m
# needs: chattr mkfs.xfs
# quarantine: some
from mounttest import *

(BACKING / "d").mkdir()
sh("chattr +P -p 42 '%s'" % (BACKING / "d"))
eq(sh("lsattr -dp d").split()[0], "42", "through the mount")
Path("p").touch()
run("chattr", "-p", "7", "p")
eq(sh("lsattr -p p").split()[0], "7")
(BACKING / "probe").touch()
try:
    os.rename(BACKING / "probe", BACKING / "d/probe")
    skip("this filesystem renames across projects")
except OSError as e:
    eq(e.errno, errno.EXDEV)
os.unlink(BACKING / "probe")

write("d/f", b"old")
eq(read("d/f"), b"old")
p = Peer()
fds = [p.put("d/f", b"new"), p.put("d/g", b"made")]
eq(names("d"), ["f"])
eq(read("d/f"), b"old")
for fd in fds:
    p.close(fd)
eq(read("d/f"), b"new")
eq(read("d/g"), b"made")
write("d/f", b"+", APPEND)
eq(read("d/f"), b"new+")
p.put("d/f", b"partial")
p.kill()
eq(read("d/f"), b"new+")
one_partial("d/f", b"partial")
eq(sorted(os.listdir(BACKING / "d")), ["f", "g"])
# A pending name may be refused, as a committed one is, or follow; not be lost.
fd = os.open("from-outside", TRUNC)
os.write(fd, b"x")
try:
    os.rename("from-outside", "d/h")
    where = "d/h"
except OSError as e:
    eq(e.errno, errno.EXDEV)
    where = "from-outside"
os.close(fd)
eq(read(where), b"x")
write("outside", b"y")
raises(errno.EXDEV, os.rename, "outside", "d/i")
eq(read("outside"), b"y")
