# SPDX-License-Identifier: MIT
# about: F6: rename over a pending name replaces it as it does an open file
from mounttest import *

write("f", b"old")
write("g", b"g's content")
p = Peer()
fd = p.put("f", b"from p")
os.rename("g", "f")
eq(read("f"), b"g's content")
p(write_all, fd, b" more")
p.close(fd)
eq(read("f"), b"g's content")
absent("g")
