# SPDX-License-Identifier: MIT
# about: F7: an attribute set by an update of what was replaced meanwhile reaches the committed file, too, whatever is cached
# options: --cache 60
# options: --cache 60 --passthrough off
from mounttest import *

write("f", b"old", mode=0o600)
p = Peer()
fd = p.open("f", os.O_RDWR)
write("f", b"newer")
r = os.open("f", os.O_RDONLY)
eq(os.fstat(r).st_mode & 0o777, 0o600)

p(os.chmod, "f", 0o640)
eq(os.fstat(r).st_mode & 0o777, 0o640, "by descriptor")
eq(os.stat("f").st_mode & 0o777, 0o640)
p(os.utime, "f", (1, 2))
eq(os.fstat(r).st_mtime, 2)
before = os.fstat(r).st_ctime_ns
p(os.setxattr, "f", "user.a", b"1")
check(os.fstat(r).st_ctime_ns > before, "the ctime is an old one")
eq(os.getxattr(r, "user.a"), b"1")
p.close(fd)
eq(read("f"), b"newer", "an update that changed nothing")
p.exit()
