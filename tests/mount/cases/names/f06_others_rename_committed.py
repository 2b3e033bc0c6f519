# SPDX-License-Identifier: MIT
# about: F6: renaming a name takes what is pending of it along
from mounttest import *

write("f", b"old")
p = Peer()
fd = p.put("f", b"new")
os.rename("f", "g")
absent("f")
eq(read("g"), b"old")
p.close(fd)
absent("f")
eq(read("g"), b"new")
