# SPDX-License-Identifier: MIT
# about: F1: a big file that is appended to is old or new for readers and for stat, never between
# options: --passthrough auto
# options: --passthrough off
from mounttest import *

ROUNDS = 24
SIZES = (100, 5000, 3 << 20)
START = pattern((8 << 20) + 77, 5)


def tail(i):
    """Each byte tells its round, each round its size."""
    return bytes([i % 251 + 1]) * SIZES[i % len(SIZES)]


ENDS = [len(START)]
for i in range(ROUNDS):
    ENDS.append(ENDS[-1] + len(tail(i)))


def judge(size, get):
    if size not in ENDS:
        return "a size of %d" % size
    n = ENDS.index(size)
    if n and get(ENDS[n - 1], size - ENDS[n - 1]) != tail(n - 1):
        return "a torn tail in round %d" % n
    at = max(0, ENDS[0] - 100)
    return None if get(at, 100) == START[at:at + 100] else "another beginning"


def look():
    fd = os.open("f", os.O_RDONLY)
    try:
        size = os.fstat(fd).st_size
        wrong = judge(size, lambda at, n: os.pread(fd, n, at))
        with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as area:
            wrong = wrong or judge(len(area), lambda at, n: area[at:at + n])
        if len(os.pread(fd, 1 << 20, size)):
            wrong = wrong or "it grows"
        return wrong
    finally:
        os.close(fd)


def watch(names):
    """Looks until the file has its last size; the first thing that is wrong."""
    while True:
        size = os.stat("f").st_size
        wrong = None if size in ENDS else "stat of %d bytes" % size
        wrong = wrong or look()
        if wrong or size == ENDS[-1]:
            return wrong


write("f", START)
readers = [Peer() for _ in range(2)]
for p in readers:
    p.send(watch, None)
p = Peer()
for i in range(ROUNDS):
    p.close(p.put("f", tail(i), APPEND))
    eq(os.stat("f").st_size, ENDS[i + 1])
for r in readers:
    eq(r.result(), None)
eq(read("f"), START + b"".join(tail(i) for i in range(ROUNDS)))
