# SPDX-License-Identifier: MIT
# about: D3, D4: an fsync of the directory has all bytes, also those after an fsync
# needs: root mkfs.ext4
# mount: no
from loopdisk import *
from mounttest import *

ONE, TWO = pattern(5000, 1), pattern(5000, 2)


def fsync_dir(path):
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


def written_after_fsync():
    fd = os.open("d/after", TRUNC)
    write_all(fd, ONE)
    os.fsync(fd)
    write_all(fd, TWO)
    os.close(fd)


def joined_for_mapping():
    """What may be mapped is promoted as a copy."""
    fd = os.open("d/copy", TRUNC)
    write_all(fd, ONE)
    joined = os.open("d/copy", os.O_RDWR)
    os.fsync(joined)
    os.close(joined)
    os.close(fd)


def try_it(disk, mode):
    with mounted("--sync-interval", "60", "--passthrough", mode,
                 backing=disk.tree):
        os.chdir(MNT)
        os.mkdir("d")
        os.sync()
        for make in written_after_fsync, joined_for_mapping:
            make()
            fsync_dir("d")
        with disk.cut() as tree:
            eq(read(tree / "d/after"), ONE + TWO)
            eq(read(tree / "d/copy"), ONE)
        os.chdir(MNT)
        run("rm", "-r", "d")


with loop_disk("ext4", 64 << 20, "commit=600") as disk:
    for mode in "on", "off":
        try_it(disk, mode)
