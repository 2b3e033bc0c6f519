# SPDX-License-Identifier: MIT
# about: F8: opener exits with 0, a child that has the descriptor closes: promoted
from f8 import *


def helper(fd):
    if os.fork() == 0:
        os.read(0, 1)
        os.write(fd, b" from child")
        os.close(fd)
        os._exit(0)


r, w = os.pipe()
write("f", b"old")
os.dup2(r, 0)
p = Peer()
fd = p.put("f", b"partial")
p(helper, fd)
p.exit(0)
eq(read("f"), b"old", "the child has it open")
os.write(w, b"x")
wait_until(lambda: read("f") != b"old", "promotion")
promoted(content=b"partial from child")
