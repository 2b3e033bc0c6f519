# SPDX-License-Identifier: MIT
# about: F9: when the disk turns read-only under the mount all are told, what was committed is read, and repair brings all back
# needs: root mkfs.ext4 e2fsck /sys/fs/ext4
# mount: no
# quarantine: some
# log: errors
from loopdisk import *
from mounttest import *

with loop_disk("ext4", 16 << 20, "errors=remount-ro") as disk:
    tree = disk.tree
    dev = os.stat(tree).st_dev
    trigger = Path("/sys/fs/ext4") / os.path.basename(
        os.path.realpath("/sys/dev/block/%d:%d" % (os.major(dev), os.minor(dev))))
    # The last flush fails, and umount says so.
    with mounted(backing=tree, status=1):
        os.chdir(MNT)
        write("f", b"old")
        Path(".checkpoints/a.done").touch()
        # As with any disk that has files open for writing.
        run("mount", "-o", "remount,ro", disk.root, status=32,
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
        eq(os.statvfs(".").f_bfree, os.statvfs(disk.root).f_bfree)
        eq(status_json()["pending"], [])
    run("umount", disk.root)
    run("e2fsck", "-fy", disk.image, status=None, stderr=subprocess.DEVNULL)
    disk.attach()
    with mounted(backing=tree):
        os.chdir(MNT)
        eq(read("f"), b"old")
        write("f", b"new")
        Path(".checkpoints/b.done").touch()
    idemfs("verify", "--full", tree)
    eq(os.listdir(tree / ".idemfs/tmp"), [])
