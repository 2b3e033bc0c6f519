# SPDX-License-Identifier: MIT
# about: F7: an open for update or append that changed nothing replaces nothing
# native: yes
from mounttest import *

write("f", pattern(100_000))
os.utime("f", ns=(10**18, 10**18))
before = os.stat("f")


def same(how):
    now = os.stat("f")
    eq((now.st_ino, now.st_mtime_ns, now.st_size),
       (before.st_ino, before.st_mtime_ns, before.st_size), how)


for flags in (os.O_RDWR, os.O_WRONLY, os.O_WRONLY | os.O_APPEND,
              os.O_RDWR | os.O_CREAT, APPEND):
    fd = os.open("f", flags)
    same("pending")
    os.close(fd)
    same("flags %#x" % flags)
fd = os.open("f", os.O_RDWR)
eq(os.pread(fd, 100, 50_000), pattern(100_000)[50_000:50_100])
os.fsync(fd)
os.close(fd)
same("read through")
sh("cat /dev/null >> f")
same("nothing appended")
m = os.open("f", os.O_RDWR)
mm = mmap.mmap(m, 0)
eq(mm[10:20], pattern(100_000)[10:20])
mm.close()
os.close(m)
same("mapped, not stored")
