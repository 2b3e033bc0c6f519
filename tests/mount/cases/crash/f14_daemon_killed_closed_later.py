# SPDX-License-Identifier: MIT
# about: D7: a crash puts nothing that may go on over what came to its name later
# needs: root mkfs.ext4
# mount: no
# quarantine: some
from loopdisk import *
from mounttest import *

FIRST, LATER = b"closed first, but not for good", b"there later"


def close_first():
    """Closes "f", which a child has open still; it does nothing here then."""
    fd = os.open(MNT / "f", TRUNC)
    write_all(fd, FIRST)
    child = Peer(keep=True)
    os.close(fd)
    return child


def by_close(peer):
    fd = peer.put(MNT / "f", LATER)

    def later():
        peer.close(fd)
    return later


def by_rename(peer):
    peer(write, MNT / "g", LATER)

    def later():
        peer(os.rename, MNT / "g", MNT / "f")
    return later


def commit_log(disk):
    fd = os.open(disk.root / "other", TRUNC)
    os.write(fd, b"x")
    os.fsync(fd)
    os.close(fd)


def is_later(tree):
    after = TMP / "after"
    after.mkdir(exist_ok=True)
    with mounted(backing=tree, mnt=after):
        eq(read(after / "f"), LATER)
    check(FIRST in [p["content"] for p in partials(tree)], "what was closed "
          "first is lost")


def try_it(disk, way):
    idemfs("mount", "--durability", "close", "--sync-interval", "60",
           disk.tree, MNT)
    pid = daemon_pid()
    peer = Peer()
    later = way(peer)
    child = close_first()
    later()
    f = disk.tree / "f"
    wait_until(lambda: f.exists() and f.read_bytes() == LATER, "promoted")
    commit_log(disk)
    with disk.cut() as tree:
        os.kill(pid, signal.SIGKILL)
        is_later(tree)
    for p in peer, child:
        p.exit()
    run("umount", "-l", MNT)
    is_later(disk.tree)
    f.unlink()


with loop_disk("ext4", 64 << 20, "commit=600") as disk:
    for way in by_close, by_rename:
        try_it(disk, way)
