# SPDX-License-Identifier: MIT
# about: F5: a descriptor passed over a socket keeps the version pending
from mounttest import *

write("f", b"old")
left, right = socket.socketpair()


def give(path):
    fd = os.open(path, TRUNC)
    os.write(fd, b"giver ")
    socket.send_fds(left, [b"x"], [fd])
    os.close(fd)


def take():
    return socket.recv_fds(right, 1, 1)[1][0]


giver = Peer(keep=True)
taker = Peer(keep=True)
giver(give, "f")
giver.exit()
eq(read("f"), b"old", "it is under way in the socket")
fd = taker(take)
eq(read("f"), b"old")
taker(write_all, fd, b"taker")
taker.close(fd)
eq(read("f"), b"giver taker")
