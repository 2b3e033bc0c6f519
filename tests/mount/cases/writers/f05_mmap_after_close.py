# SPDX-License-Identifier: MIT
# about: F5: a writable mapping keeps the version pending after close
from mounttest import *

write("f", b"old")
maps = {}


def start():
    fd = os.open("f", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.ftruncate(fd, 8192)
    maps[0] = mmap.mmap(fd, 8192)
    os.close(fd)
    # Python's mmap keeps a duplicate; find it and close it.
    for n in os.listdir("/proc/self/fd"):
        try:
            if os.readlink("/proc/self/fd/" + n).endswith("/f"):
                os.close(int(n))
        except OSError:
            pass


def store(at, data):
    maps[0][at:at + len(data)] = data


def unmap():
    with contextlib.suppress(OSError):
        maps.pop(0).close()


p = Peer()
p(start)
eq(read("f"), b"old", "closed, but mapped")
p(store, 0, b"start")
p(store, 5000, b"late")
eq(read("f"), b"old")
p(unmap)
want = bytearray(8192)
want[:5], want[5000:5004] = b"start", b"late"
eq(read("f"), bytes(want))
