# SPDX-License-Identifier: MIT
# about: F6: what is pending below a renamed directory is promoted in the new place
from mounttest import *

os.makedirs("d/sub")
write("d/sub/f", b"old")
p = Peer()
over = p.put("d/sub/f", b"new f")
new = p.put("d/sub/g", b"new g")
os.rename("d", "e")
raises(errno.ENOENT, os.stat, "d")
eq(read("e/sub/f"), b"old")
absent("e/sub/g")
os.mkdir("d")
p.close(over)
p.close(new)
eq(read("e/sub/f"), b"new f")
eq(read("e/sub/g"), b"new g")
eq(names("d"), [])
