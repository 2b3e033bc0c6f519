# SPDX-License-Identifier: MIT
# about: F1: a mapping of what was reopened by /proc/self/fd never writes into the committed file
# options:
# options: --passthrough off
from mounttest import *

OLD = b"a" * 8192


def store(fd):
    """Writes through a shared mapping, if there can be one."""
    with contextlib.suppress(OSError):
        with mmap.mmap(fd, len(OLD)) as m:
            m[:4] = b"EVIL"


write("f", OLD)
p = Peer()
fd = p.open("f", os.O_RDONLY)
again = "/proc/self/fd/%d" % fd

# The descriptor that has it open passes through, or does not.
try:
    w = p.open(again, os.O_RDWR)
except OSError as e:
    eq(e.errno, errno.ETXTBSY)
else:
    p(store, w)
    eq(p(os.pread, w, 8192, 0), OLD, "what was reopened")
    p.close(w)
eq(read("f"), OLD)
eq(p(os.pread, fd, 8192, 0), OLD)

# The other way round: the reader comes later.
nothing = p.open("f", os.O_RDONLY | os.O_PATH)
p.close(fd)
w = p.open("/proc/self/fd/%d" % nothing, os.O_RDWR)
reader = os.open("f", os.O_RDONLY)
p(store, w)
eq(os.pread(reader, 8192, 0), OLD, "who opened it by name")
p(os.pwrite, w, b"new", 0)
eq(os.pread(reader, 8192, 0), OLD, "who opened it by name")
p.close(w)
eq(os.pread(reader, 8192, 0), OLD, "who opened it by name")
eq(read("f"), b"new" + OLD[3:])

# For writing alone it can always be reopened.
fd = p.open("f", os.O_RDONLY)
p(write, "/proc/self/fd/%d" % fd, b"NEW", os.O_WRONLY)
eq(read("f"), b"NEW" + OLD[3:])
eq(p(os.pread, fd, 3, 0), b"new")
p.exit()
