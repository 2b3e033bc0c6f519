# SPDX-License-Identifier: MIT
# about: F13: lseek finds data and holes, and sparse files stay sparse
# native: yes
from mounttest import *

M = 1 << 20
fd = os.open("f", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
os.ftruncate(fd, 8 * M)
os.pwrite(fd, b"x" * 4096, 4 * M)
for again in range(2):
    eq(os.lseek(fd, 0, os.SEEK_DATA), 4 * M)
    eq(os.lseek(fd, 0, os.SEEK_HOLE), 0)
    eq(os.lseek(fd, 4 * M, os.SEEK_HOLE), 4 * M + 4096)
    raises(errno.ENXIO, os.lseek, fd, 5 * M, os.SEEK_DATA)
    raises(errno.ENXIO, os.lseek, fd, 9 * M, os.SEEK_HOLE)
    eq(os.lseek(fd, -1, os.SEEK_END), 8 * M - 1)
    os.close(fd)
    fd = os.open("f", os.O_RDONLY)
os.close(fd)
check(os.stat("f").st_blocks * 512 < M, "sparse")
# An update of a sparse file keeps it sparse.
write("f", b"y", os.O_WRONLY)
check(os.stat("f").st_blocks * 512 < 2 * M, "sparse after an update: %d" %
      os.stat("f").st_blocks)
eq(os.stat("f").st_size, 8 * M)
sh("cp --sparse=always f g && cmp f g")
