# SPDX-License-Identifier: MIT
# about: F9: an append whose copy does not fit on tmpfs fails, and the file is as it was
# backing: tmpfs 16m
# quarantine: some
# log: errors
from mounttest import *

old = pattern(9 << 20, 1)
write("f", old)
raises(errno.ENOSPC, write, "f", b"more", os.O_WRONLY | os.O_APPEND)
eq(read("f"), old)
raises(errno.ENOSPC, write, "f", b"more", os.O_RDWR)
eq(read("f"), old)
os.unlink("f")
for e in partials():
    idemfs("partial", "drop", MNT, e["id"])
write("f", b"small")
write("f", b" more", APPEND)
eq(read("f"), b"small more")
