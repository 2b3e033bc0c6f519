# SPDX-License-Identifier: MIT
# about: F13: truncate by path is a version too: a reader of the old one keeps it
from mounttest import *

write("f", b"0123456789")
r = os.open("f", os.O_RDONLY)
os.truncate("f", 3)
eq(read("f"), b"012")
eq(os.pread(r, 100, 0), b"0123456789")
p = Peer()
fd = p.put("f", b"abcdefgh")
p(os.ftruncate, fd, 2)
eq(read("f"), b"012")
p.close(fd)
eq(read("f"), b"ab")
