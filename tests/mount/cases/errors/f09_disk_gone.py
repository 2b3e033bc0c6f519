# SPDX-License-Identifier: MIT
# about: F9: when all of a disk fails each caller is told, the mount can be taken down, and what was committed is there when it is back
# needs: root mkfs.xfs
# mount: no
# quarantine: some
# log: errors
from loopdisk import *
from mounttest import *
import fcntl

SHUTDOWN = 0x8004587d  # _IOR('X', 125, __u32): no more is written, as if cut off
LOG_FLUSH = 1

with loop_disk("xfs", 320 << 20) as disk:
    tree = disk.tree
    daemon = subprocess.Popen([IDEMFS, "mount", "-f", tree, MNT],
                              stderr=subprocess.DEVNULL)
    wait_until(lambda: os.path.ismount(MNT), "the mount")
    write(MNT / "f", b"old")
    Path(MNT / ".checkpoints/a.done").touch()
    p = Peer()
    fd = p.put(MNT / "f", b"half")
    at = os.open(disk.root, os.O_RDONLY)
    fcntl.ioctl(at, SHUTDOWN, struct.pack("I", LOG_FLUSH))
    os.close(at)
    raises(errno.EIO, p, os.fsync, fd)
    with contextlib.suppress(OSError):
        p.close(fd)
    p.exit()
    raises(errno.EIO, write, MNT / "new", b"x")
    raises(errno.EIO, Path(MNT / ".checkpoints/b.done").touch)
    eq(daemon.poll(), None, "the daemon ended")
    idemfs("umount", MNT)
    check(daemon.wait() in (0, 1), "the daemon was killed")
    wait_until(lambda: not subprocess.run(
        ["umount", disk.root], check=False, stderr=subprocess.DEVNULL).returncode,
               "nobody uses the disk")
    disk.attach()
    with mounted(backing=tree):
        eq(read(MNT / "f"), b"old")
        eq(names(MNT / ".checkpoints"), ["a.done"])
        write(MNT / "f", b"new")
        Path(MNT / ".checkpoints/b.done").touch()
    idemfs("verify", "--full", tree)
    eq(os.listdir(tree / ".idemfs/tmp"), [])
