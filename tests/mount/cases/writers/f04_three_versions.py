# SPDX-License-Identifier: MIT
# about: F4: an append joins the newest of two pending versions, not the older
from mounttest import *

p, q, r = Peer(), Peer(), Peer()
a = p.put("f", b"from p")
b = q.put("f", b"from q")
c = r.put("f", b" and r", APPEND)
p.close(a)
eq(read("f"), b"from p")
q.close(b)
eq(read("f"), b"from p", "r has q's version open")
r.close(c)
eq(read("f"), b"from q and r")
