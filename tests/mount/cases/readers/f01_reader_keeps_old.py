# SPDX-License-Identifier: MIT
# about: F1: a descriptor keeps the version it was opened on
from mounttest import *

old, new = pattern(300_000, 1), pattern(200_000, 2)
write("f", old)
fd = os.open("f", os.O_RDONLY)
eq(os.read(fd, 1000), old[:1000])
write("f", new)
eq(os.fstat(fd).st_size, len(old), "size by descriptor")
eq(os.pread(fd, len(old), 0), old, "old content by descriptor")
eq(read("f"), new, "new content by path")

write("f", b"third")
eq(os.pread(fd, len(old), 0), old, "after a second overwrite")
os.unlink("f")
eq(os.pread(fd, len(old), 0), old, "after unlink")
os.close(fd)
absent("f")
