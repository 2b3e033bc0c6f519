# SPDX-License-Identifier: MIT
# about: F12: a reader maps a file that another process appends to, and sees all of it, page by page
# native: yes
# options: --in-place *.grow
from mounttest import *

PAGE = mmap.PAGESIZE
write("x.grow", b"")
p = Peer()
fd = p(os.open, "x.grow", os.O_WRONLY | os.O_APPEND)
r = os.open("x.grow", os.O_RDONLY)
expected = b""
for i in range(40):
    piece = pattern(3000 + i, i)
    p(os.write, fd, piece)
    expected += piece
    size = os.fstat(r).st_size
    eq(size, len(expected), "size after %d pieces" % (i + 1))
    with mmap.mmap(r, size, prot=mmap.PROT_READ) as m:
        check(m[:] == expected, "content after %d pieces" % (i + 1))

# One mapping beyond the end: what is written there later is seen in it.
size = (len(expected) // PAGE + 64) * PAGE
m = mmap.mmap(r, len(expected), prot=mmap.PROT_READ)
for i in range(20):
    at = p(os.lseek, fd, 0, os.SEEK_END)
    p(os.write, fd, b"more")
    eq(os.pread(r, 4, at), b"more")
last = len(expected) - 1
w = p(os.open, "x.grow", os.O_RDWR)
p(os.pwrite, w, b"Z", last)
eq(m[last:last + 1], b"Z", "written after it was mapped")
m.close()

# And the other way round: written through a mapping, read by read(2).
p(os.ftruncate, w, 8 * PAGE + len(expected))
mine = os.open("x.grow", os.O_RDWR)
with mmap.mmap(mine, 8 * PAGE) as m:
    m[PAGE:PAGE + 5] = b"mmap!"
    eq(p(os.pread, w, 5, PAGE), b"mmap!")
    p(os.pwrite, w, b"pwrite", PAGE + 10)
    eq(m[PAGE + 10:PAGE + 16], b"pwrite")
