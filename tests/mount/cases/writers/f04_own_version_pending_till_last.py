# SPDX-License-Identifier: MIT
# about: F4: a process's second open of its own version keeps it pending
from mounttest import *

write("f", b"old")
p = Peer()
a = p.put("f", b"aaaa")
b = p.open("f", TRUNC)
p(os.write, b, b"bb")
p.close(a)
eq(read("f"), b"old")
p.close(b)
eq(read("f"), b"bb")
