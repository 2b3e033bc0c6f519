# SPDX-License-Identifier: MIT
# about: F4: of overlapping truncating writers each is whole, the last close wins
from mounttest import *

A, B = pattern(300_000, 1), pattern(100_001, 2)
for first, second in ((0, 1), (1, 0)):
    write("f", b"old")
    peers = [Peer(), Peer()]
    fds = [peers[0].open("f"), peers[1].open("f")]
    for part in range(4):  # written in turns
        for i, data in enumerate((A, B)):
            n = len(data) // 4 + 1
            peers[i](write_all, fds[i], data[part * n:(part + 1) * n])
    eq(read("f"), b"old")
    peers[first].close(fds[first])
    eq(read("f"), (A, B)[first], "after the first close")
    peers[second].close(fds[second])
    eq(read("f"), (A, B)[second], "after the last close")
    for p in peers:
        p.exit()
