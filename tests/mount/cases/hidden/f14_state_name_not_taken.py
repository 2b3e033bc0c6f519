# SPDX-License-Identifier: MIT
# about: F14: nothing can be made at the name .idemfs, nor moved onto it
from mounttest import *

write("f", b"x")
os.mkdir("d")
before = sorted(os.listdir(BACKING / ".idemfs"))
some = (errno.EPERM, errno.EACCES, errno.EEXIST, errno.EINVAL, errno.ENOTEMPTY)
raises(some, os.mkdir, ".idemfs")
raises(some, os.open, ".idemfs", TRUNC)
raises(some, os.open, ".idemfs", EXCL)
raises(some, os.symlink, "f", ".idemfs")
raises(some, os.link, "f", ".idemfs")
raises(some, os.mkfifo, ".idemfs")
raises(some, os.rename, "f", ".idemfs")
raises(some, os.rename, "d", ".idemfs")
raises(some + (errno.ENOENT,), renameat2, "d", ".idemfs", EXCHANGE)
raises(some, renameat2, "d", ".idemfs", NOREPLACE)
eq(read("f"), b"x")
check(os.path.isdir("d"), "d")
eq(sorted(os.listdir(BACKING / ".idemfs")), before)
# Deeper down it is a name like any other.
write("d/.idemfs", b"ordinary")
eq(read("d/.idemfs"), b"ordinary")
check(".idemfs" in names("d"), "listed")
