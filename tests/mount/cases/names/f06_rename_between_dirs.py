# SPDX-License-Identifier: MIT
# about: F6: a pending name moves between directories, by its opener and by others
from mounttest import *

os.makedirs("a/b/c")
os.makedirs("x/y")
p = Peer()
fd = p.put("a/b/c/f", b"one")
p(os.rename, "a/b/c/f", "x/y/g")
os.removedirs("a/b/c")
p.close(fd)
eq(read("x/y/g"), b"one")

fd = p.put("x/y/g", b"two")
os.rename("x/y/g", "h")
os.removedirs("x/y")
p.close(fd)
eq(read("h"), b"two")
