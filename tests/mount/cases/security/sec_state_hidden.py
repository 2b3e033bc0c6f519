# SPDX-License-Identifier: MIT
# about: F14: the state directory is found by no name: its own, one it is bound or moved to, or a path with ..
# needs: root
# options: --allow-other
from mounttest import *

SECRET = "secret in quarantine"
write(BACKING / ".idemfs/partial/900", SECRET.encode())
for path in (".idemfs", ".idemfs/", "./.idemfs", ".idemfs/partial/900",
             ".checkpoints/../.idemfs", ".checkpoints/..idemfs",
             ".idemfs/tmp", ".idemfs-tmp.x"):
    raises(errno.ENOENT, os.lstat, path)
check(".idemfs" not in os.listdir("."), "listed")
for call, args in ((os.mkdir, (".idemfs",)), (os.mkfifo, (".idemfs",)),
                   (os.symlink, ("x", ".idemfs")), (os.mkdir, (".idemfs-tmp.1",)),
                   (os.open, (".idemfs", TRUNC)),
                   (os.open, (".idemfs-tmp.1", TRUNC))):
    raises((errno.EPERM, errno.EEXIST), call, *args)
os.mkdir("d")
write("f", b"x")
raises(errno.EPERM, os.rename, "f", ".idemfs")
raises(errno.EPERM, os.rename, "d", ".idemfs")
raises(errno.EPERM, os.link, "f", ".idemfs")
raises(errno.ENOENT, os.rename, ".idemfs", "mine")
raises(errno.ENOENT, renameat2, ".idemfs", "d", EXCHANGE)
raises(errno.ENOENT, os.rmdir, ".idemfs")

# Under another name: bound there, or moved.
os.mkdir(BACKING / "bound")
run("mount", "--bind", BACKING / ".idemfs", BACKING / "bound")
os.mkdir(BACKING / "marks")
run("mount", "--bind", BACKING / ".idemfs/marks", BACKING / "marks")
try:
    for path in ("bound", "bound/partial/900", "bound/../bound", "marks"):
        raises(errno.ENOENT, os.lstat, path)
    raises((errno.ENOENT, errno.EEXIST, errno.EBUSY), os.mkdir, "bound")
    raises(errno.ENOENT, os.rmdir, "bound")
finally:
    run("umount", BACKING / "bound", BACKING / "marks")
os.rename(BACKING / ".idemfs", BACKING / "moved")
raises(errno.ENOENT, os.lstat, "moved")
raises(errno.ENOENT, os.listdir, "moved/partial")
os.rename(BACKING / "moved", BACKING / ".idemfs")
os.unlink(BACKING / ".idemfs/partial/900")

# Another user does not get at it, nor at what the status says, by the mount.
p = Peer()
p(os.setgid, 3333)
p(os.setuid, 3333)
raises((errno.EACCES, errno.EPERM), p, read, ".checkpoints/.status")
raises((errno.EACCES, errno.EPERM), p, read, ".checkpoints/.control")
raises((errno.EACCES, errno.EPERM), p, os.listdir, BACKING / ".idemfs")
p.exit()
