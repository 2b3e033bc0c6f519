# SPDX-License-Identifier: MIT
# about: F7: times, mode and xattrs set by a descriptor that writes are seen through other links, and by readers
# native: yes
from mounttest import *

write("f", b"content")
os.link("f", "g")
reader = os.open("g", os.O_RDONLY)
os.stat("g")
fd = os.open("f", os.O_WRONLY)
os.utime(fd, ns=(10**18, 10**18 + 7))
eq(os.stat("g").st_mtime_ns, 10**18 + 7, "by another link")
eq(os.fstat(reader).st_mtime_ns, 10**18 + 7, "by a reader")
os.close(fd)
eq(os.stat("g").st_mtime_ns, 10**18 + 7, "after the close")
fd = os.open("f", os.O_RDWR)
os.fchmod(fd, 0o600)
eq(stat.S_IMODE(os.stat("g").st_mode), 0o600, "by another link")
eq(stat.S_IMODE(os.fstat(reader).st_mode), 0o600, "by a reader")
os.setxattr(fd, "user.x", b"1")
eq(os.getxattr("g", "user.x"), b"1")
os.close(fd)
eq(os.stat("g").st_nlink, 2)
