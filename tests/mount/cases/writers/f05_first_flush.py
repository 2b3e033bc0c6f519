# SPDX-License-Identifier: MIT
# about: F5: the first close of a duplicate is not the last close
from mounttest import *

write("f", b"old")
p = Peer()
fd = p.open("f")
for how in (os.dup, os.dup2):
    other = p(how, fd, 50) if how is os.dup2 else p(how, fd)
    p.close(other)
    eq(read("f"), b"old", "after a dup was closed")
p(write_all, fd, b"new")
eq(read("f"), b"old")
kept = p(os.dup, fd)
p.close(fd)
eq(read("f"), b"old", "a dup is open still")
p(write_all, kept, b" and more")
p.close(kept)
eq(read("f"), b"new and more")
