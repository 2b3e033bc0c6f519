# SPDX-License-Identifier: MIT
# about: F1, F4: what is reopened by /proc/self/fd goes on from the newest version, again and again
# options:
# options: --passthrough off
# options: --cache 60 --threads 1
from mounttest import *

p, reader = Peer(), Peer()
write("g", b"base\n")
old = reader.open("g", os.O_RDONLY)
fd = p.open("g", os.O_RDONLY)
again = "/proc/self/fd/%d" % fd

want = b"base\n"
for line in (b"x\n", b"y\n", b"z\n"):
    p(write, again, line, os.O_WRONLY | os.O_APPEND)
    want += line
    eq(read("g"), want)
    eq(reader(os.pread, old, 100, 0), b"base\n", "who opened it before")
p(os.truncate, again, len(b"base\nx\n"))
eq(read("g"), b"base\nx\n")
p(write, again, b"all new\n", os.O_WRONLY | os.O_TRUNC)
eq(read("g"), b"all new\n")
eq(reader(os.pread, old, 100, 0), b"base\n", "who opened it before")

# What is made at the name anew is another file.
os.unlink("g")
write("g", b"another\n")
p(write, again, b"lost\n", os.O_WRONLY | os.O_APPEND)
p(os.truncate, again, 2)
eq(read("g"), b"another\n")
eq(p(os.pread, fd, 100, 0), b"ba", "the file without a name")
p.exit()
reader.exit()
