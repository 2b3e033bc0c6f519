# SPDX-License-Identifier: MIT
# about: F13: fallocate: grow, keep size, punch holes, zero ranges
# native: yes
from mounttest import *

KEEP, PUNCH, ZERO = 1, 2, 0x10
fd = os.open("f", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
os.write(fd, b"x" * 100_000)
os.posix_fallocate(fd, 0, 200_000)
eq(os.fstat(fd).st_size, 200_000)
fallocate(fd, KEEP, 200_000, 100_000)
eq(os.fstat(fd).st_size, 200_000)
fallocate(fd, PUNCH | KEEP, 4096, 8192)
try:
    fallocate(fd, ZERO, 20480, 4096)
    zeroed = True
except OSError as e:
    eq(e.errno, errno.EOPNOTSUPP)
    zeroed = False
raises(errno.EINVAL, fallocate, fd, 0, 0, 0)
raises((errno.EOPNOTSUPP, errno.EINVAL), fallocate, fd, PUNCH, 0, 4096)
os.close(fd)
data = read("f")
eq(len(data), 200_000)
want = bytearray(b"x" * 100_000 + b"\0" * 100_000)
want[4096:12288] = b"\0" * 8192
if zeroed:
    want[20480:24576] = b"\0" * 4096
check(data == bytes(want), "content")
fd = os.open("f", os.O_RDONLY)
raises(errno.EBADF, fallocate, fd, 0, 0, 10)
os.close(fd)
