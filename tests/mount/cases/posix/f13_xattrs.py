# SPDX-License-Identifier: MIT
# about: F13: extended attributes of files and directories, with their errors
# native: yes
from mounttest import *

write("f", b"x")
os.mkdir("d")
for n in ("f", "d"):
    eq([a for a in os.listxattr(n) if a.startswith("user.")], [])
    os.setxattr(n, "user.a", b"1")
    os.setxattr(n, "user.b", b"", os.XATTR_CREATE)
    raises(errno.EEXIST, os.setxattr, n, "user.a", b"2", os.XATTR_CREATE)
    raises(errno.ENODATA, os.setxattr, n, "user.c", b"2", os.XATTR_REPLACE)
    os.setxattr(n, "user.a", b"\0two", os.XATTR_REPLACE)
    eq(os.getxattr(n, "user.a"), b"\0two")
    eq(os.getxattr(n, "user.b"), b"")
    eq(sorted(a for a in os.listxattr(n) if a.startswith("user.")),
       ["user.a", "user.b"])
    os.removexattr(n, "user.a")
    raises(errno.ENODATA, os.getxattr, n, "user.a")
    raises(errno.ENODATA, os.removexattr, n, "user.a")
    raises(errno.EOPNOTSUPP, os.setxattr, n, "nothing.x", b"1")
    os.setxattr(n, "user.big", b"v" * 2000)
    eq(os.getxattr(n, "user.big"), b"v" * 2000)
    raises(errno.ERANGE, os.setxattr, n, "user." + "n" * 300, b"1")
buf = ctypes.create_string_buffer(10)
raises(errno.ERANGE, lambda: sys_result(libc.getxattr(
    b"f", b"user.big", buf, 10)))
eq(libc.getxattr(b"f", b"user.big", None, 0), 2000)
os.symlink("f", "l")
eq(os.getxattr("l", "user.b"), b"")
raises(errno.EPERM, os.setxattr, "l", "user.x", b"1", follow_symlinks=False)
fd = os.open("f", os.O_RDONLY)
os.setxattr(fd, "user.by-fd", b"9")
eq(os.getxattr("f", "user.by-fd"), b"9")
os.close(fd)
