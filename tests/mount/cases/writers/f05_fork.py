# SPDX-License-Identifier: MIT
# about: F5: a version is pending while a forked child has the descriptor
from mounttest import *

go = os.pipe()


def fork_writer(fd):
    """A child that inherits @fd, writes when it is told to, and exits."""
    pid = os.fork()
    if pid == 0:
        os.read(go[0], 1)
        os.write(fd, b"child")
        os._exit(0)
    return pid


write("f", b"old")
p = Peer(keep=True)
fd = p.put("f", b"parent ", TRUNC)
child = p(fork_writer, fd)
p.close(fd)
eq(read("f"), b"old", "the child has it open")
os.write(go[1], b"x")
p(os.waitpid, child, 0)
eq(read("f"), b"parent child")
