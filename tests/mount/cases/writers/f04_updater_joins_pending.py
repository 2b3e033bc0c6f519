# SPDX-License-Identifier: MIT
# about: F4: an update joins the newest pending version; the last close promotes
from mounttest import *

write("f", b"0123456789")
p, q = Peer(), Peer()
a = p.open("f", os.O_RDWR)
p(os.pwrite, a, b"AA", 0)
b = q.open("f", os.O_RDWR)
eq(q(os.pread, b, 10, 0), b"AA23456789", "the joiner sees what was written")
q(os.pwrite, b, b"BB", 8)
eq(p(os.pread, a, 10, 0), b"AA234567BB", "and the other way round")
q.close(b)
eq(read("f"), b"0123456789")
p(os.pwrite, a, b"c", 4)
p.close(a)
eq(read("f"), b"AA23c567BB")
