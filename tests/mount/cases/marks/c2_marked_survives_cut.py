# SPDX-License-Identifier: MIT
# about: C2: what a mark vouches for is whole after a power cut, also when it was replaced since; and no step is done again for what was renamed or removed
# mount: no
# needs: root mkfs.xfs
from loopdisk import *
from mounttest import *

OPTIONS = ["--sync-interval", "120"]
OLD, NEW = pattern(50_000, 1), pattern(70_000, 2)
GONE = "d", "d/e", "d/f", "g", "h", "i"
STEP = "echo done >> %s; touch .checkpoints/x.done" % (TMP / "again")


def start(disk):
    idemfs("mount", *OPTIONS, disk.tree, MNT)
    for name in ("a", "b", "c", "d/e", "d/f", "g", "h", "i"):
        (MNT / name).parent.mkdir(exist_ok=True)
        write(MNT / name, OLD)
    write(MNT / ".checkpoints/x.done", b"")


def replace():
    """In each way there is; the other names are of no mark."""
    write(MNT / "a", NEW)
    write(MNT / "b.new", NEW)
    os.rename(MNT / "b.new", MNT / "b")
    write(MNT / "c.new", NEW)
    renameat2(MNT / "c.new", MNT / "c", 2)  # RENAME_EXCHANGE
    write(MNT / "a", OLD)
    write(MNT / "a", NEW)
    os.rename(MNT / "d", MNT / "moved")
    os.rename(MNT / "g", MNT / "k")
    os.rename(MNT / "k", MNT / "l")
    os.unlink(MNT / "h")
    os.rename(MNT / "i", MNT / "moved/i")
    for name in ("a", "b", "c", "l", "moved/i"):
        read(MNT / name)  # it is settled


def cut_power(disk):
    """The log is on the disk, with all names; bytes are as they may be."""
    fd = os.open(disk.root / "another", os.O_WRONLY | os.O_CREAT)
    os.write(fd, b"x")
    os.fsync(fd)
    os.close(fd)
    image = disk.snapshot()
    os.kill(daemon_pid(), signal.SIGKILL)
    run("umount", "-l", MNT)
    disk.detach()
    disk.attach(image)


def check_all(disk):
    with mounted(*OPTIONS, backing=disk.tree):
        for name in ("a", "b", "c"):
            eq(read(MNT / name), NEW, name + " is whole")
        for name in ("l", "moved/e", "moved/f", "moved/i", "c.new"):
            eq(read(MNT / name), OLD, name)
        for name in set(GONE) - {"d/e", "d/f"}:
            absent(MNT / name)
        sh("cd %s && %s step x.done -- sh -c '%s'" % (MNT, IDEMFS, STEP))
        absent(TMP / "again")
        out = idemfs("verify", MNT)
        check("all hold" in out, out)
        write(MNT / ".checkpoints/y.done", b"")
        text = read(MNT / ".checkpoints/y.done").decode()
        gone = [n for n in text.splitlines() if n.startswith("# gone")]
        eq({n.split()[-1] for n in gone}, set(GONE))
        for name in ("a", "b", "c", "l", "moved/e"):
            check("  %s\n" % name in text, text)
        out = idemfs("verify", "--full", MNT)
        check("all hold" in out, out)
    eq(os.listdir(disk.tree / ".idemfs/foretold"), [])


for kind, size, *options in (("ext4", 64 << 20, "commit=600"),
                             ("xfs", 320 << 20)):
    with loop_disk(kind, size, *options, name=kind) as disk:
        start(disk)
        replace()
        cut_power(disk)
        check_all(disk)
