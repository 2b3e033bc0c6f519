# SPDX-License-Identifier: MIT
# about: F6: RENAME_NOREPLACE with pending names on either side
from mounttest import *

write("there", b"committed")
p = Peer()
fd = p.put("f", b"pending")
raises(errno.EEXIST, p, renameat2, "f", "there", NOREPLACE)
raises(errno.EEXIST, renameat2, "there", "f", NOREPLACE)
p(renameat2, "f", "g", NOREPLACE)
p.close(fd)
eq(read("g"), b"pending")
absent("f")
eq(read("there"), b"committed")
