# SPDX-License-Identifier: MIT
# about: F10: fsync, fdatasync and syncfs on a pending version do not promote it
from mounttest import *

write("f", b"old")
p = Peer()
fd = p.put("f", b"new")
new = p.put("g", b"new")
for call in (os.fsync, os.fdatasync):
    p(call, fd)
    p(call, new)
    eq(read("f"), b"old")
    absent("g")
os.sync()
d = os.open(".", os.O_RDONLY)
os.fsync(d)
eq(libc.syncfs(d), 0)
os.close(d)
eq(read("f"), b"old")
absent("g")
p.close(fd)
p.close(new)
eq(read("f"), b"new")
