# SPDX-License-Identifier: MIT
# about: F4: appenders that overlap interleave by O_APPEND and lose nothing
from mounttest import *

peers = [Peer() for _ in range(6)]
fds = [p.open("log.txt", APPEND) for p in peers]
want = b""
for r in range(50):
    for i, p in enumerate(peers):
        line = b"peer %d round %d\n" % (i, r)
        p(os.write, fds[i], line)
        want += line
for p, fd in zip(peers[1:], fds[1:]):
    p.close(fd)
absent("log.txt")
peers[0].close(fds[0])
eq(read("log.txt"), want)
