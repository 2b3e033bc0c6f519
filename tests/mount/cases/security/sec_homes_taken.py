# SPDX-License-Identifier: MIT
# about: F14: whatever names a user takes on a filesystem inside the tree, others write there; when none can, the log says so
# needs: root
# mount: no
# log: errors
from mounttest import *
from users import *

INSIDE = BACKING / "in"


def take_names():
    """All that could once be the name of a directory for temps."""
    for where in (INSIDE, INSIDE / "of_b"):
        for n in range(64):
            os.mkdir(where / (".idemfs-tmp.home-%d" % n))


def told():
    return read(BACKING / ".idemfs/log").decode().count("no directory for temps")


def writes(uid, path):
    p = Peer()
    p(be, uid)
    try:
        p(write, MNT / path, b"text")
        eq(read(MNT / path), b"text")
    finally:
        p.exit()


os.chmod(BACKING, 0o755)
INSIDE.mkdir()
run("mount", "-t", "tmpfs", "-o", "mode=1777,size=4m", "none", INSIDE)
try:
    os.mkdir(INSIDE / "of_b")
    os.chmod(INSIDE / "of_b", 0o1777)
    a = Peer()
    a(be, A)
    a(take_names)
    with mounted("--allow-other"):
        writes(B, "in/top")
        writes(B, "in/of_b/below")
        writes(A, "in/of_a")
        eq(told(), 0)
    eq(len([n for n in os.listdir(INSIDE) if "home-" in n]), 64)

    # A disk without an inode to spare.
    run("mount", "-o", "remount,nr_inodes=%d" % (os.statvfs(INSIDE).f_files -
                                              os.statvfs(INSIDE).f_ffree), INSIDE)
    with mounted("--allow-other"):
        for n in range(3):
            raises(errno.ENOSPC, write, MNT / ("in/none%d" % n), b"text")
        eq(told(), 1)
finally:
    os.chdir(TMP)
    run("umount", "-l", INSIDE)
