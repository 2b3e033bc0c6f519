# SPDX-License-Identifier: MIT
# about: D8: what a child writes after its parent has closed is not torn by a power cut
# needs: root mkfs.ext4
# mount: no
from loopdisk import *
from mounttest import *

HEAD, BODY = b"head\n", pattern(100_000)


def write_on(fd):
    write_all(fd, BODY)
    os.close(fd)
    os._exit(0)


def parent_closes_first():
    fd = os.open(MNT / "f", TRUNC)
    write_all(fd, HEAD)
    go, closed = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(closed)
        os.read(go, 1)
        write_on(fd)
    os.close(fd)
    os.close(closed)
    os.waitpid(pid, 0)
    os.close(go)


with loop_disk("ext4", 64 << 20, "commit=600") as disk:
    with mounted("--durability", "close", "--sync-interval", "60",
                 "--passthrough", "on", backing=disk.tree):
        parent_closes_first()
        eq(read(MNT / "f"), HEAD + BODY)
        # A commit of the log, of whatever file, takes the rename along.
        fd = os.open(disk.root / "other", TRUNC)
        os.write(fd, b"x")
        os.fsync(fd)
        os.close(fd)
        after = TMP / "after"
        after.mkdir()
        with disk.cut() as tree, mounted(backing=tree, mnt=after):
            eq(read(after / "f"), HEAD + BODY)
