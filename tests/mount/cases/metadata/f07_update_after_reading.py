# SPDX-License-Identifier: MIT
# about: F7: an update that wrote replaces, with the old mode and a new time
from mounttest import *

write("f", b"old content")
os.chmod("f", 0o751)
os.utime("f", ns=(10**18, 10**18))
old = os.open("f", os.O_RDONLY)
fd = os.open("f", os.O_RDWR)
eq(os.read(fd, 3), b"old")
os.write(fd, b"+")
os.close(fd)
eq(read("f"), b"old+content")
st = os.stat("f")
eq(stat.S_IMODE(st.st_mode), 0o751)
check(st.st_mtime_ns > 15 * 10**17, "mtime is new: %d" % st.st_mtime_ns)
eq(os.pread(old, 100, 0), b"old content")
# Also when what was written is what was there: a write is a write.
os.utime("f", ns=(10**18, 10**18))
write("f", b"old", os.O_WRONLY)
check(os.stat("f").st_mtime_ns > 15 * 10**17, "a write moves the time")
