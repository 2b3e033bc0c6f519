# SPDX-License-Identifier: MIT
# about: F7: an open for update that writes nothing makes no copy
from mounttest import *

import fcntl

write("big", pattern(64 << 20))
before = os.stat("big")


def is_copied():
    return any(os.stat(BACKING / ".idemfs/tmp" / n).st_blocks for n in temps())


for flags in (os.O_RDWR, os.O_RDWR | os.O_CREAT, os.O_WRONLY, APPEND,
              os.O_RDWR | os.O_DIRECT):
    fd = os.open("big", flags)
    os.fsync(fd)
    os.fstat(fd)
    fcntl.flock(fd, fcntl.LOCK_EX)
    fcntl.lockf(fd, fcntl.LOCK_EX)
    os.lseek(fd, 0, os.SEEK_END)
    if flags & os.O_ACCMODE == os.O_RDWR:
        os.preadv(fd, [mmap.mmap(-1, 4096)], 0)
        with mmap.mmap(fd, 4096) as m:
            m[:10]
    check(not is_copied(), "a copy of what nobody writes (flags %#x)" % flags)
    os.close(fd)
    now = os.stat("big")
    eq((now.st_ino, now.st_mtime_ns), (before.st_ino, before.st_mtime_ns))
fd = os.open("big", os.O_RDWR)
os.pwrite(fd, b"x", 0)
check(is_copied(), "a copy of what is written")
os.close(fd)
