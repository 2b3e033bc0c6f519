# SPDX-License-Identifier: MIT
# about: F8: of a version that several openers share, one clean close is enough
# quarantine: some
from f8 import *

for order in ("killed first", "closed first"):
    write("f", b"old")
    p, q = Peer(), Peer()
    a = p.put("f", b"p")
    b = q.put("f", b"+q", APPEND)
    if order == "killed first":
        p.kill()
        eq(read("f"), b"old")
        q.close(b)
    else:
        q.close(b)
        eq(read("f"), b"old")
        p.kill()
    eq(read("f"), b"p+q", order)
    q.exit()
no_partial()

write("f", b"old")
p, q = Peer(), Peer()
a = p.put("f", b"p")
b = q.put("f", b"+q", APPEND)
p.kill()
q.kill()
discarded(content=b"p+q")
