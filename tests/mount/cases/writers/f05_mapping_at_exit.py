# SPDX-License-Identifier: MIT
# about: F5: a mapping that ends with its process promotes what was stored
from mounttest import *


def fill():
    fd = os.open("f", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.ftruncate(fd, 100_000)
    m = mmap.mmap(fd, 100_000)
    m[:] = b"z" * 100_000
    os._exit(0)


for _ in range(20):
    write("f", b"old")
    p = Peer()
    p.send(fill)
    eq(p.wait(), 0)
    eq(read("f"), b"z" * 100_000)
