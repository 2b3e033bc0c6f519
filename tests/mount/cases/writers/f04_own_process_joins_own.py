# SPDX-License-Identifier: MIT
# about: F4: within one process an open joins its own version, truncating or not
# native: yes
from mounttest import *

write("f", b"old")
a = os.open("f", TRUNC)
os.write(a, b"aaaa")
b = os.open("f", os.O_WRONLY)
os.write(b, b"b")
eq(read("f"), b"baaa")
c = os.open("f", TRUNC)
eq(os.fstat(a).st_size, 0, "the truncation reached all")
os.write(c, b"cc")
os.write(a, b"A")
os.close(c)
os.close(b)
eq(read("f"), b"cc\0\0A")
d = os.open("f", os.O_WRONLY | os.O_APPEND)
os.write(d, b"d")
os.close(d)
os.close(a)
eq(read("f"), b"cc\0\0Ad")
