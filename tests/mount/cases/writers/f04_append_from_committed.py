# SPDX-License-Identifier: MIT
# about: F4: an append or update with nothing pending begins from the committed content
from mounttest import *

data = pattern(3 << 20)
write("f", data)
p = Peer()
fd = p.put("f", b"tail", os.O_WRONLY | os.O_APPEND)
eq(os.stat("f").st_size, len(data))
eq(read("f"), data)
p.close(fd)
eq(read("f"), data + b"tail")
fd = p.open("f", os.O_RDWR)
eq(p(os.pread, fd, 100, 1000), data[1000:1100])
p(os.pwrite, fd, b"XYZ", 1 << 20)
eq(read("f"), data + b"tail")
p.close(fd)
eq(read("f"), data[:1 << 20] + b"XYZ" + data[(1 << 20) + 3:] + b"tail")
