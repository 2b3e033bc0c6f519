# SPDX-License-Identifier: MIT
# about: mmap: shared and private, grown, written by parent and child, numbers kept in a file
import mmap
import os
import struct

with open("a", "wb") as f:
    f.write(b"\0" * 100000)
with open("a", "r+b") as f:
    with mmap.mmap(f.fileno(), 0) as m:
        m[10:15] = b"hello"
        m[99990:] = b"0123456789"
        m.flush()
        f.seek(10)
        print(f.read(5))
        f.seek(50)
        f.write(b"by write")
        f.flush()
        print(m[50:58])
        m.resize(200000)
        m[150000:150003] = b"end"
        print(m.find(b"end"), os.fstat(f.fileno()).st_size)
    with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY) as m:
        m[0:7] = b"private"
    with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as m:
        print(m[0:15])

with open("b", "w+b") as f:
    f.truncate(4096)
    m = mmap.mmap(f.fileno(), 4096)
    pid = os.fork()
    if pid == 0:
        for i in range(100):
            struct.pack_into("<I", m, 4 * i, i * i)
        os._exit(0)
    os.waitpid(pid, 0)
    print(sum(struct.unpack_from("<100I", m, 0)))
    m.close()

fd = os.open("c", os.O_RDWR | os.O_CREAT)
os.posix_fallocate(fd, 0, 8192)
m = mmap.mmap(fd, 8192)
os.close(fd)
m[:8] = b"unclosed"
m[8000:8004] = b"tail"
m.close()
with open("c", "rb") as f:
    data = f.read()
print(data[:8], data[8000:8004], len(data))
