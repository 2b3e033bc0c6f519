# SPDX-License-Identifier: MIT
# about: F8: right after wait() of a killed writer nothing of it can be seen
# options: --threads 1
# options: --threads 2
# options: --threads 8
# quarantine: some
from f8 import *

write("f", b"old")
for i in range(150):
    p = Peer()
    p.put("f", b"partial %d" % i)
    p.put("new", b"partial")
    p.kill()
    eq(read("f"), b"old")
    absent("new")
    eq([n for n in names() if n != ".checkpoints"], ["f"])
wait_until(lambda: len(partials()) == 300, "300 partials")
