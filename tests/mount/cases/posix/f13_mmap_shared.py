# SPDX-License-Identifier: MIT
# about: F13: shared writable mappings, msync, growth, and two mappings of one file
# native: yes
from mounttest import *

fd = os.open("f", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
os.ftruncate(fd, 100_000)
m = mmap.mmap(fd, 100_000)
n = mmap.mmap(fd, 100_000)
m[:5] = b"first"
eq(n[:5], b"first", "the other mapping")
eq(os.pread(fd, 5, 0), b"first", "read")
m[99_990:] = b"0123456789"
m.flush()
os.pwrite(fd, b"by write", 50_000)
eq(m[50_000:50_008], b"by write")
os.ftruncate(fd, 200_000)
k = mmap.mmap(fd, 200_000)
k[150_000] = 7
for x in (m, n, k):
    x.close()
os.close(fd)
want = bytearray(200_000)
want[:5], want[99_990:100_000] = b"first", b"0123456789"
want[50_000:50_008], want[150_000] = b"by write", 7
check(read("f") == bytes(want), "content after the close")

fd = os.open("f", os.O_RDWR)
m = mmap.mmap(fd, 200_000)
m[10:13] = b"upd"
os.close(fd)
m.close()
eq(read("f")[10:13], b"upd", "update by memory")
fd = os.open("f", os.O_RDONLY)
p = mmap.mmap(fd, 0, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE)
p[:3] = b"own"
p.close()
os.close(fd)
eq(read("f")[:5], b"first", "a private mapping changes nothing")
