# SPDX-License-Identifier: MIT
# about: F3: a second creator without O_EXCL begins a version of its own
from mounttest import *

p, q = Peer(), Peer()
a = p.put("new", b"from p")
b = q.put("new", b"q")
absent("new")
p.close(a)
eq(read("new"), b"from p")
q.close(b)
eq(read("new"), b"q")
