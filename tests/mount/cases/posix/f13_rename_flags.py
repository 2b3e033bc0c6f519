# SPDX-License-Identifier: MIT
# about: F13: rename flags are honoured or refused, never ignored
# native: yes
from mounttest import *

write("f", b"f")
write("g", b"g")
os.mkdir("d")
raises(errno.EEXIST, renameat2, "f", "g", NOREPLACE)
raises(errno.EEXIST, renameat2, "f", "d", NOREPLACE)
eq((read("f"), read("g")), (b"f", b"g"))
renameat2("f", "h", NOREPLACE)
eq(read("h"), b"f")
renameat2("h", "g", EXCHANGE)
eq((read("h"), read("g")), (b"g", b"f"))
renameat2("g", "d", EXCHANGE)
eq(read("d"), b"f")
eq(names("g"), [])
raises(errno.ENOENT, renameat2, "g", "missing", EXCHANGE)
raises(errno.EINVAL, renameat2, "g", "d", EXCHANGE | NOREPLACE)
raises(errno.EINVAL, renameat2, "g", "d", 1 << 10)
raises(errno.ENOENT, renameat2, "missing", "d", NOREPLACE)
