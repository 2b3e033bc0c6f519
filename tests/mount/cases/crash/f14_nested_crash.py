# SPDX-License-Identifier: MIT
# about: F14: what a crash leaves on a filesystem inside the tree is found, whatever was renamed, linked or mounted since
# mount: no
# needs: root
# quarantine: some
from loopdisk import *
from mounttest import *


def crash(peer):
    os.kill(daemon_pid(), signal.SIGKILL)
    peer.exit()
    run("umount", "-l", MNT)


def kept():
    return sorted((p["path"], p["content"]) for p in partials())


with loop_disk("ext4", 64 << 20) as disk:
    inside = BACKING / "up/in"
    inside.mkdir(parents=True)
    run("mount", "--bind", disk.tree, inside)
    idemfs("mount", BACKING, MNT)
    os.mkdir(MNT / "up/in/a")
    p = Peer()
    p.put(MNT / "up/in/a/x", b"precious")
    p.put(MNT / "up/in/y", b"linked")
    p(os.link, MNT / "up/in/y", MNT / "up/in/z")
    os.rename(MNT / "up/in/a", MNT / "up/in/b")
    os.rename(MNT / "up", MNT / "above")
    inside = BACKING / "above/in"
    crash(p)

    run("umount", "-l", inside)
    with mounted():
        eq(kept(), [], "it is not there yet")
    run("mount", "--bind", disk.tree, inside)
    try:
        with mounted():
            eq(kept(), [("up/in/a/x", b"precious"),
                        ("up/in/y", b"linked"), ("up/in/z", b"linked")])
            eq(names(inside), ["b"])
            os.rmdir(MNT / "above/in/b")
    finally:
        run("umount", "-l", inside)
