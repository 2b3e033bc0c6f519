# SPDX-License-Identifier: MIT
# about: F9: when the disk turns read-only under the mount all are told, what was committed is read, and repair brings all back
# needs: root mkfs.ext4 e2fsck /sys/fs/ext4
# mount: no
# quarantine: some
# log: errors
from mounttest import *

image, disk = TMP / "image", TMP / "disk"
disk.mkdir()
with open(image, "wb") as f:
    f.truncate(16 << 20)
run("mkfs.ext4", "-q", "-F", image)


def attach():
    run("mount", "-o", "loop,errors=remount-ro", image, disk)


attach()
tree = disk / "tree"
tree.mkdir()
dev = os.stat(tree).st_dev
trigger = Path("/sys/fs/ext4") / os.path.basename(
    os.path.realpath("/sys/dev/block/%d:%d" % (os.major(dev), os.minor(dev))))
try:
    with mounted(backing=tree):
        os.chdir(MNT)
        write("f", b"old")
        Path(".checkpoints/a.done").touch()
        # As with any disk that has files open for writing.
        run("mount", "-o", "remount,ro", disk, status=32,
            stderr=subprocess.DEVNULL)
        fd = os.open("f", TRUNC)
        os.write(fd, b"half")
        (trigger / "trigger_fs_error").write_text("1")
        raises((errno.EROFS, errno.EIO), os.write, fd, b"more")
        raises((errno.EROFS, errno.EIO), os.close, fd)
        eq(read("f"), b"old")
        for path in ("f", "new", ".checkpoints/b.done"):
            raises(errno.EROFS, write, path, b"x")
        raises(errno.EROFS, os.mkdir, "d")
        raises(errno.EROFS, os.unlink, "f")
        raises(errno.EROFS, os.rename, "f", "g")
        eq(names(), [".checkpoints", "f"])
        eq(names(".checkpoints"), ["a.done"])
        eq(os.statvfs(".").f_bfree, os.statvfs(disk).f_bfree)
        eq(status_json()["pending"], [])
    run("umount", disk)
    run("e2fsck", "-fy", image, status=None, stderr=subprocess.DEVNULL)
    attach()
    with mounted(backing=tree):
        os.chdir(MNT)
        eq(read("f"), b"old")
        write("f", b"new")
        Path(".checkpoints/b.done").touch()
    idemfs("verify", "--full", tree)
    eq(os.listdir(tree / ".idemfs/tmp"), [])
finally:
    os.chdir(TMP)
    run("umount", "-l", disk, status=None)
