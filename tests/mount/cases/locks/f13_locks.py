# SPDX-License-Identifier: MIT
# about: F13: flock and fcntl locks exclude, and are given up at close
# native: yes
from mounttest import *
import fcntl

write("lock", b"x" * 100)


def take(path, kind, how):
    fd = os.open(path, os.O_RDWR if how != "r" else os.O_RDONLY)
    kind(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return fd


for kind in (fcntl.flock, fcntl.lockf):
    p, q = Peer(), Peer()
    fd = p(take, "lock", kind, "w")
    raises((errno.EAGAIN, errno.EACCES), q, take, "lock", kind, "w")
    p.close(fd)
    fd = q(take, "lock", kind, "w")
    raises((errno.EAGAIN, errno.EACCES), p, take, "lock", kind, "w")
    q.exit()
    fd = p(take, "lock", kind, "w")
    p.exit()
eq(read("lock"), b"x" * 100)
