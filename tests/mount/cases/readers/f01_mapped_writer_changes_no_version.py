# SPDX-License-Identifier: MIT
# about: F1: what is committed does not change, even if a writer's mapping is left
# needs: root
# options: --passthrough on
# options: --passthrough off
from mounttest import *

SIZE = 8192
maps = {}


def start():
    """Two descriptors of one version, and a mapping that outlives both."""
    first = os.open("f", TRUNC, 0o644)
    os.write(first, b"a" * SIZE)
    second = os.open("f", os.O_RDWR)
    at = libc_mmap(SIZE, second)
    maps[0] = at
    os.close(second)
    os.close(first)


def libc_mmap(size, fd):
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int,
                          ctypes.c_int, ctypes.c_int, ctypes.c_long)
    at = libc.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE,
                   mmap.MAP_SHARED, fd, 0)
    check(at not in (None, ctypes.c_void_p(-1).value), "mmap")
    return at


def store(data):
    ctypes.memmove(maps[0], data, len(data))


p = Peer()
p(start)
if not os.path.exists("f"):
    # The mapping keeps the version pending: nothing is committed yet.
    p(store, b"late")
    absent("f")
    p.exit()
    eq(read("f"), b"late" + b"a" * (SIZE - 4))
else:
    fd = os.open("f", os.O_RDONLY)
    eq(os.pread(fd, SIZE, 0), b"a" * SIZE)
    p(store, b"late")
    eq(os.pread(fd, SIZE, 0), b"a" * SIZE, "a committed version")
    eq((BACKING / "f").read_bytes(), b"a" * SIZE)
    p.exit()
    eq(os.pread(fd, SIZE, 0), b"a" * SIZE)
