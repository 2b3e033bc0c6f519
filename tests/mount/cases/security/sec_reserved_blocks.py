# SPDX-License-Identifier: MIT
# about: F9: no user takes the blocks that ext4 keeps for root: by writing, copying, preallocating, nor by extended attributes
# needs: root
# backing: ext4 96m
# options: --allow-other
# options: --allow-other --passthrough on
# options: --allow-other --passthrough off
# options: --allow-other --passthrough on --in-place *
# quarantine: some
from mounttest import *
from users import *

CAP_SYS_RESOURCE = 24
os.chmod(".", 0o777)


def free():
    """What is kept for root, and is still free: (blocks, of what size)."""
    st = os.statvfs(BACKING)
    return st.f_bfree - st.f_bavail, st.f_bavail, st.f_frsize


def until_full(work):
    try:
        while True:
            work()
    except OSError as e:
        if e.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise


def by_writing(name):
    fd = os.open(name, os.O_WRONLY | os.O_CREAT)
    until_full(lambda: os.write(fd, b"x" * 65536))
    until_full(lambda: os.write(fd, b"x" * 4096))
    try:
        os.close(fd)
    except OSError as e:
        eq(e.errno, errno.ENOSPC)


def by_fallocate(name):
    fd = os.open(name, os.O_WRONLY | os.O_CREAT)
    size = [0]

    def more():
        fallocate(fd, 0, size[0], 1 << 20)
        size[0] += 1 << 20
    until_full(more)
    os.fsync(fd)
    os.unlink(name)
    return fd


def by_range(name, source):
    src, fd = os.open(source, os.O_RDONLY), os.open(name, TRUNC)

    def more():
        os.lseek(src, 0, os.SEEK_SET)
        if not os.copy_file_range(src, fd, 1 << 20):
            raise OSError(errno.ENOSPC, "nothing copied")
    until_full(more)
    os.unlink(name)
    return fd


def by_copies(source):
    """An update of a big file begins with a copy of it."""
    fds = []

    def more():
        fd = os.open("%s%d" % (source, len(fds)), os.O_RDWR)
        fds.append(fd)
        os.pwrite(fd, b"x", 0)
    until_full(more)
    return fds


def by_xattrs(folder):
    made = []

    def more():
        path = "%s/x%d" % (folder, len(made))
        os.mkdir(path)
        made.append(path)
        os.setxattr(path, "user.big", os.urandom(3500))
    until_full(more)


def settled(kept):
    """Root's blocks are as they were, but for what idemfs has noted."""
    os.sync()
    now, left, size = free()
    # bfree goes down below what is kept only when that is given away.
    check(now * size >= kept - (256 << 10), "%d of %d are left, and %d" %
          (now * size, kept, left))


def close(fd):
    """The disk is full, so the close of what was written says so."""
    try:
        os.close(fd)
    except OSError as e:
        eq(e.errno, errno.ENOSPC)


def leave(blocks, ballast):
    """Nearly full, so that it does not take long."""
    st = os.statvfs(BACKING)
    with open(BACKING / ballast, "wb") as f:
        os.posix_fallocate(f.fileno(), 0,
                           (st.f_bavail - blocks) * st.f_frsize)


kept, _, size = free()
kept *= size
check(kept > 3 << 20, "ext4 keeps some for root: %d" % kept)
# Nor can anything that serves pass a quota: CAP_SYS_RESOURCE is given up.
for status in Path("/proc/%d/task" % DAEMON).glob("*/status"):
    caps = dict(line.split(":\t") for line in status.read_text().splitlines()
                if line.startswith("Cap"))
    for which in ("CapPrm", "CapEff"):
        eq(int(caps[which], 16) >> CAP_SYS_RESOURCE & 1, 0, which)
p = Peer()
p(be, A)
write("source", pattern(1 << 20))
os.mkdir("mine")
os.chown("mine", A, A)
for i in range(30):
    write("big%d" % i, pattern(1 << 20, i))
    os.chown("big%d" % i, A, A)
os.sync()
leave((8 << 20) // size, "ballast")

if "--in-place" not in OPTIONS:
    fds = p(by_copies, "big")
    settled(kept)
    for fd in fds:
        p(close, fd)
fd = p(by_range, "r", "source")
settled(kept)
p(close, fd)
fd = p(by_fallocate, "f")
settled(kept)
p(close, fd)
p(by_writing, "w")
settled(kept)
for name in ("r", "f", "w"):
    if os.path.exists(name):
        os.unlink(name)
idemfs("partial", "drop", "--all", BACKING)
os.sync()
leave(200, "more")
p(by_xattrs, "mine")
settled(kept)

# Root may still write there; but what passes through to a full disk counts as
# not written.
if OPTIONS != "--allow-other --passthrough on":
    write("root's", b"r" * (1 << 20))
    eq(len(read("root's")), 1 << 20)
p.exit()
