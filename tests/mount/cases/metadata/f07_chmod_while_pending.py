# SPDX-License-Identifier: MIT
# about: F7: chmod, chown, utime and setxattr by path reach both versions
from mounttest import *

root = os.geteuid() == 0
write("f", b"old")
p = Peer()
fd = p.put("f", b"new")
os.chmod("f", 0o4751 if root else 0o751)
os.setxattr("f", "user.by", b"other")
os.utime("f", ns=(10**18 + 1, 10**18 + 2))
if root:
    os.chown("f", 1234, 4321)
    os.chmod("f", 0o751)


def judge(st, size):
    eq(oct(stat.S_IMODE(st.st_mode)), oct(0o751))
    eq((st.st_size, st.st_mtime_ns, st.st_atime_ns),
       (size, 10**18 + 2, 10**18 + 1))
    if root:
        eq((st.st_uid, st.st_gid), (1234, 4321))


judge(os.stat("f"), 3)
eq(os.getxattr("f", "user.by"), b"other")
judge(p(os.fstat, fd), 3)
eq(p(os.getxattr, fd, "user.by"), b"other")
p.close(fd)
judge(os.stat("f"), 3)
eq(os.getxattr("f", "user.by"), b"other")
eq(read("f"), b"new")
fd = p.put("f", b"newer")
os.removexattr("f", "user.by")
p.close(fd)
raises(errno.ENODATA, os.getxattr, "f", "user.by")
