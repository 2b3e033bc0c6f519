# SPDX-License-Identifier: MIT
# about: F1: an open while a version is pending reads the old one to the end
from mounttest import *

write("f", b"old")
p = Peer()
fd = p.put("f", b"newer")
r = os.open("f", os.O_RDONLY)
eq(os.fstat(r).st_size, 3)
eq(os.read(r, 100), b"old")
p.close(fd)
eq(os.pread(r, 100, 0), b"old", "after the promotion")
eq(os.fstat(r).st_size, 3)
eq(read("f"), b"newer")
eq(read("/proc/self/fd/%d" % r), b"old", "reopened by descriptor")
