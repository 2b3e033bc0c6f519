# SPDX-License-Identifier: MIT
# about: F1: a mapping keeps its version, also in pages not yet touched
from mounttest import *

old, new = pattern(2 << 20, 1), pattern(2 << 20, 2)
write("f", old)
for kind in (mmap.MAP_SHARED, mmap.MAP_PRIVATE):
    fd = os.open("f", os.O_RDONLY)
    m = mmap.mmap(fd, len(old), kind, mmap.PROT_READ)
    os.close(fd)
    eq(m[:10], old[:10])
    write("f", new)
    eq(m[:], old, "mapping after the overwrite")
    eq(read("f"), new)
    m.close()
    old, new = new, old
