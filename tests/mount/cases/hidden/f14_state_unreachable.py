# SPDX-License-Identifier: MIT
# about: F14: .idemfs cannot be reached through the mount by any name or operation
from mounttest import *

os.mkdir("sub")
write("f", b"x")
check((BACKING / ".idemfs").is_dir(), "it is there")
before = sorted(os.listdir(BACKING / ".idemfs"))
for name in (".idemfs", "./.idemfs", "sub/../.idemfs", ".checkpoints/../.idemfs",
             str(MNT / ".idemfs"), "//" + str(MNT).lstrip("/") + "/.idemfs",
             ".idemfs/", ".idemfs/.", ".idemfs/tmp", ".idemfs/lock",
             ".idemfs/marks", ".idemfs/../f"):
    absent(name)
    raises(errno.ENOENT, os.stat, name)
    raises(errno.ENOENT, os.open, name, os.O_RDONLY)
    raises(errno.ENOENT, os.open, name, os.O_PATH)
    raises(errno.ENOENT, os.listdir, name)
    raises(errno.ENOENT, os.chdir, name)
    raises(errno.ENOENT, os.getxattr, name, "user.x")
    raises(errno.ENOENT, os.chmod, name, 0o777)
    raises(errno.ENOENT, os.rename, name, "taken")
    raises((errno.ENOENT, errno.EINVAL), os.rmdir, name)
    raises(errno.ENOENT, os.unlink, name)
    raises(errno.ENOENT, os.link, name, "taken")
check(".idemfs" not in names(), "listed")
eq(sh("echo .*"), sh("echo .*").replace(" .idemfs", ""))
eq(run("find", ".", "-name", ".idemfs*"), "")
os.symlink(".idemfs", "l")
raises(errno.ENOENT, os.listdir, "l")
os.symlink(".idemfs/lock", "m")
raises(errno.ENOENT, os.open, "m", os.O_RDONLY)
eq(sorted(os.listdir(BACKING / ".idemfs")), before)
