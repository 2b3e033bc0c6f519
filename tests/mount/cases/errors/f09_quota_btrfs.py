# SPDX-License-Identifier: MIT
# about: F9: a user who has used up a quota is told so, and the old version stays
# needs: mkfs.btrfs btrfs
# backing: btrfs 4g
# mount: no
# quarantine: some
# log: errors
from mounttest import *


def limit(size):
    run("btrfs", "qgroup", "limit", size, BACKING)


# A disk with room to spare: files would pass through, and the daemon not know.
BACKING.rmdir()
run("btrfs", "subvolume", "create", BACKING)
run("btrfs", "quota", "enable", BACKING)
limit("8M")
old, new = pattern(2 << 20, 1), pattern(16 << 20, 2)
with mounted():
    os.chdir(MNT)
    write("f", old)
    Path(".checkpoints/first.done").touch()
    raises(errno.EDQUOT, write, "f", new)
    eq(read("f"), old, "old version")
    limit("none")
    write("f", old[::-1])
    # Room comes back between the write that failed and the close.
    limit("16M")
    fd = os.open("f", TRUNC)
    raises(errno.EDQUOT, write_all, fd, new)
    limit("none")
    with contextlib.suppress(OSError):
        os.close(fd)
    eq(read("f"), old[::-1], "closed after an error")
    write("f", new)
    eq(read("f"), new)
    Path(".checkpoints/second.done").touch()
idemfs("mount", BACKING, MNT)
idemfs("umount", MNT)
# Where not even a rename has room, it is the next mount that puts it there.
eq([e["path"] for e in partials()], ["f", "f"])
for e in partials():
    eq(e["content"], new[:len(e["content"])], "partial")
eq(temps(), [])
idemfs("verify", "--full", BACKING)
