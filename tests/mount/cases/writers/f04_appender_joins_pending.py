# SPDX-License-Identifier: MIT
# about: F4: an append joins the newest pending version, and nothing is lost
from mounttest import *

write("f", b"old")
p, q = Peer(), Peer()
a = p.put("f", b"begin ")
b = q.put("f", b"appended ", APPEND)
p(write_all, a, b"")
p.close(a)
eq(read("f"), b"old", "one of the two has it open still")
q(write_all, b, b"more")
q.close(b)
eq(read("f"), b"begin appended more")
