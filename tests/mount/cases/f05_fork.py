# SPDX-License-Identifier: MIT
# about: F5: a version is pending while a forked child has the descriptor
from mounttest import *

write("f", b"old")
fd = os.open("f", TRUNC)
os.write(fd, b"parent ")
child = Peer(keep=True)
other = Peer()
os.close(fd)
eq(other(read, "f"), b"old", "the child has it open")
child(os.write, fd, b"child")
eq(other(read, "f"), b"old")
child.exit()
eq(other(read, "f"), b"parent child")
eq(read("f"), b"parent child")
