# SPDX-License-Identifier: MIT
# about: F8: opener killed, a child that has the descriptor closes later: not promoted
# quarantine: some
from f8 import *


def helper(fd):
    """Forks a child that keeps @fd; returns sockets to talk to it."""
    pid = os.fork()
    if pid == 0:
        os.read(0, 1)
        os.write(fd, b" from child")
        os.close(fd)
        os._exit(0)
    return pid


r, w = os.pipe()
write("f", b"old")
os.dup2(r, 0)
p = Peer()
fd = p.put("f", b"partial")
p(helper, fd)
p.kill()
eq(read("f"), b"old", "the child has it open")
no_partial()
os.write(w, b"x")
discarded(content=b"partial from child")
