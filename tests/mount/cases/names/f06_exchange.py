# SPDX-License-Identifier: MIT
# about: F6: RENAME_EXCHANGE takes what is pending along, both ways
from mounttest import *

write("f", b"old f")
write("g", b"old g")
p = Peer()
fd = p.put("f", b"new f")
renameat2("f", "g", EXCHANGE)
eq(read("f"), b"old g")
eq(read("g"), b"old f")
p.close(fd)
eq(read("f"), b"old g")
eq(read("g"), b"new f")
raises(errno.ENOENT, renameat2, "f", "missing", EXCHANGE)
fd = p.put("new", b"pending")
raises(errno.ENOENT, renameat2, "f", "new", EXCHANGE)
p.close(fd)
eq(read("new"), b"pending")
