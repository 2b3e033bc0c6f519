# SPDX-License-Identifier: MIT
# about: C2: what was made, renamed and removed on a filesystem inside the tree is on its disk before the mark is
# needs: root
# mount: no
# quarantine: some
from loopdisk import *
from mounttest import *


def on_disk(disk):
    """What a power cut now would leave, by its own recovery."""
    with disk.cut() as tree:
        return names(tree)


def mark(name):
    Path(MNT / ".checkpoints" / name).touch()


def kill():
    os.kill(daemon_pid(), signal.SIGKILL)
    run("umount", "-l", MNT)


with loop_disk("ext4", 64 << 20, "commit=600") as disk:
    inside = BACKING / "in"
    inside.mkdir()
    write(disk.tree / "old", b"old")
    os.sync()
    run("mount", "--bind", disk.tree, inside)
    try:
        idemfs("mount", "--sync-interval", "60", BACKING, MNT)
        os.rename(MNT / "in/old", MNT / "in/renamed")
        os.mkdir(MNT / "in/made")
        mark("moved")
        eq(on_disk(disk), ["made", "renamed"])
        os.rmdir(MNT / "in/made")
        mark("removed")
        eq(on_disk(disk), ["renamed"])
        write(MNT / "in/result", b"result")
        eq(read(MNT / "in/result"), b"result")
        kill()
        with mounted():
            mark("after a crash")
            eq(on_disk(disk), ["renamed", "result"])
    finally:
        os.chdir(TMP)
        run("umount", "-l", inside)
