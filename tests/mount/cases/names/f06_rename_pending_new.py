# SPDX-License-Identifier: MIT
# about: F6: a renamed pending new name is promoted at its new name only
from mounttest import *

p = Peer()
fd = p.put("from", b"content")
p(os.rename, "from", "to")
absent("from")
absent("to")
raises(errno.ENOENT, p, os.stat, "from")
eq(p(os.stat, "to").st_size, 7)
p.close(fd)
eq(read("to"), b"content")
absent("from")
