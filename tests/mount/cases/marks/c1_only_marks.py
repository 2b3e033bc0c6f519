# SPDX-License-Identifier: MIT
# about: C1: only marks and directories of marks can be made in .checkpoints
from mounttest import *

write("f", b"x")
os.mkdir("d")
C = ".checkpoints/"
some = (errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL)
raises(some, os.symlink, "x", C + "l")
raises(some, os.mkfifo, C + "p")
raises(some, os.link, "f", C + "h")
raises(some, os.rename, "d", C + "d")
eq(sorted(os.listdir(C)), [])
os.mkdir(C + "run1")
Path(C + "run1/a.done").touch()
raises((errno.ENOTEMPTY,), os.rmdir, C + "run1")
eq(os.listdir(C + "run1"), ["a.done"])
check(stat.S_ISREG(os.stat(C + "run1/a.done").st_mode), "a mark is a file")
check((BACKING / ".idemfs/marks/run1/a.done").is_file(), "plain file")
