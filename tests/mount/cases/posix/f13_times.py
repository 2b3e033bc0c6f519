# SPDX-License-Identifier: MIT
# about: F13: atime, mtime, ctime: set to the nanosecond, and moved by what moves them
# native: yes
from mounttest import *

write("f", b"x")
os.utime("f", ns=(123456789_012345678, 987654321_123456789))
st = os.stat("f")
eq((st.st_atime_ns, st.st_mtime_ns),
   (123456789_012345678, 987654321_123456789))
ctime = st.st_ctime_ns
time.sleep(0.02)
os.chmod("f", 0o600)
st = os.stat("f")
check(st.st_ctime_ns > ctime, "chmod moves ctime")
eq(st.st_mtime_ns, 987654321_123456789)
ctime = st.st_ctime_ns
time.sleep(0.02)
os.link("f", "g")
check(os.stat("f").st_ctime_ns > ctime, "link moves ctime")
os.utime("f", ns=(-5 * 10**9, -1))
eq(os.stat("f").st_mtime_ns, -1, "before 1970")
os.utime("f")
check(abs(os.stat("f").st_mtime - time.time()) < 3600, "now")
os.symlink("f", "l")
os.utime("l", ns=(10**18, 10**18), follow_symlinks=False)
eq(os.lstat("l").st_mtime_ns, 10**18)
fd = os.open("f", os.O_WRONLY)
os.utime(fd, ns=(10**18, 10**18))
os.write(fd, b"y")
os.close(fd)
check(os.stat("f").st_mtime_ns > 15 * 10**17, "a write after utime")
