# SPDX-License-Identifier: MIT
# about: F13: offsets beyond 2^32 work
# native: yes
from mounttest import *

far = (5 << 30) + 123
fd = os.open("f", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
os.pwrite(fd, b"far away", far)
eq(os.fstat(fd).st_size, far + 8)
eq(os.pread(fd, 8, far), b"far away")
os.close(fd)
eq(os.stat("f").st_size, far + 8)
fd = os.open("f", os.O_RDWR)
os.ftruncate(fd, far + 3)
os.pwrite(fd, b"FAR", far)
os.close(fd)
fd = os.open("f", os.O_RDONLY)
eq(os.pread(fd, 100, far), b"FAR")
eq(os.pread(fd, 4, far - 4), b"\0\0\0\0")
os.close(fd)
