# SPDX-License-Identifier: MIT
# about: F9: fallocate beyond what is free fails with ENOSPC at once
# backing: tmpfs 8m
# quarantine: some
from mounttest import *

write("f", b"old")
fd = os.open("f", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
raises(errno.ENOSPC, os.posix_fallocate, fd, 0, 64 << 20)
os.close(fd)
write("f", b"new")
eq(read("f"), b"new")
