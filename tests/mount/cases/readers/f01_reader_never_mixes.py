# SPDX-License-Identifier: MIT
# about: F1: reads of one descriptor in small steps never mix two versions
# timeout: 300
from mounttest import *

A, B = b"A" * 500_000, b"B" * 500_000
write("f", A)


def overwrite(rounds):
    for i in range(rounds):
        write("f", B if i % 2 else A)


p = Peer()
p.send(overwrite, 300)
reads = 0
while p.busy(0):
    fd = os.open("f", os.O_RDONLY)
    first = os.pread(fd, 1, 0)
    for at in range(0, len(A), 50_000):
        eq(os.pread(fd, 50_000, at), first * 50_000, "at %d" % at)
    eq(os.pread(fd, 10, len(A)), b"", "end")
    os.close(fd)
    reads += 1
p.result()
check(reads > 0, "nothing was read")
