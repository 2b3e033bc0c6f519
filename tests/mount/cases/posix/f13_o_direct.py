# SPDX-License-Identifier: MIT
# about: F13: O_DIRECT writes and reads whole blocks
# native: yes
from mounttest import *

buf = mmap.mmap(-1, 65536)
buf[:] = pattern(65536)
try:
    fd = os.open("f", os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_DIRECT)
except OSError as e:
    eq(e.errno, errno.EINVAL)
    skip("no O_DIRECT on this filesystem")
eq(os.write(fd, buf), 65536)
eq(os.pwrite(fd, memoryview(buf)[:4096], 131072), 4096)
back = mmap.mmap(-1, 65536)
eq(os.preadv(fd, [back], 0), 65536)
check(back[:] == buf[:], "read back")
os.close(fd)
data = read("f")
eq(len(data), 135168)
check(data[:65536] == buf[:] and data[131072:] == buf[:4096], "content")
fd = os.open("f", os.O_RDONLY | os.O_DIRECT)
eq(os.preadv(fd, [back], 0), 65536)
check(back[:] == buf[:], "read of the committed version")
os.close(fd)
