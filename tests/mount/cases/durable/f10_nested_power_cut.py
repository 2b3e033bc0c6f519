# SPDX-License-Identifier: MIT
# about: F10: what was fsynced, or closed at level close, on a filesystem inside the tree survives a cut of both disks
# mount: no
# needs: root
# quarantine: some
from loopdisk import *
from mounttest import *

OPTIONS = ["--durability", "close", "--sync-interval", "60"]
LAZY = "commit=600"  # nothing gets to the disk by itself


def join(home, disk):
    run("mount", "--bind", disk.tree, home.tree / "in")


def part(home):
    run("umount", "-l", home.tree / "in")


def cut_power(home, disk):
    images = disk.snapshot(), home.snapshot()
    os.kill(daemon_pid(), signal.SIGKILL)
    run("umount", "-l", MNT)
    part(home)
    for d, image in zip((disk, home), images):
        d.detach()
        d.attach(image)
    join(home, disk)


def use(home, disk):
    idemfs("mount", *OPTIONS, home.tree, MNT)
    write(MNT / "in/warm", b"warm")
    write(MNT / "warm", b"warm")
    os.sync()
    p = Peer()
    p(os.fsync, p.put(MNT / "in/half", b"half"))
    write(MNT / "in/closed", b"closed")
    for i in range(8):
        write(MNT / f"f{i}", b"home")
    cut_power(home, disk)
    p.exit()
    with mounted(*OPTIONS, backing=home.tree):
        eq(read(MNT / "in/closed"), b"closed")
        eq([(p["path"], p["content"]) for p in partials(home.tree)],
           [("in/half", b"half")])
        eq(names(disk.tree), ["closed", "warm"])


with loop_disk("ext4", 64 << 20, LAZY, name="home") as home:
    with loop_disk("ext4", 64 << 20, LAZY) as disk:
        (home.tree / "in").mkdir()
        join(home, disk)
        try:
            use(home, disk)
        finally:
            os.chdir(TMP)
            part(home)
