# SPDX-License-Identifier: MIT
# about: F8: what is written by a mapping after an fsync is no content that the fsync vouched for
# options:
# options: --passthrough off
# quarantine: some
from f8 import *

maps = {}


def map_it(fd, size):
    maps[fd] = mmap.mmap(fd, size)


def put_in(fd, data):
    maps[fd][:len(data)] = data


def flush(fd):
    maps[fd].flush()


def begun():
    write("f", b"old content")
    p = Peer()
    fd = p(os.open, "f", os.O_RDWR | os.O_TRUNC)
    p(os.write, fd, b"partial")
    p(map_it, fd, 7)
    p(put_in, fd, b"PART")
    return p, fd


p, fd = begun()
p(os.fsync, fd)
p.kill()
promoted(content=b"PARTial")
p, fd = begun()
p(flush, fd)
p.kill()
promoted(content=b"PARTial")
p, fd = begun()
p(os.fsync, fd)
p(put_in, fd, b"again")
p.kill()
discarded(content=b"againal", old=b"old content")
