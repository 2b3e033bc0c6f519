# SPDX-License-Identifier: MIT
# about: F3: while a version is pending, others see the old content, size and times
from mounttest import *

write("f", b"old")
os.utime("f", ns=(10**18, 10**18))
before = os.stat("f")
p = Peer()
fd = p.put("f", b"something longer")
now = os.stat("f")
eq(read("f"), b"old")
eq((now.st_size, now.st_mtime_ns, now.st_ino, now.st_mode),
   (3, 10**18, before.st_ino, before.st_mode))
p(os.fsync, fd)
eq(read("f"), b"old")
p.close(fd)
eq(read("f"), b"something longer")
eq(os.stat("f").st_size, 16)
