# SPDX-License-Identifier: MIT
# about: F13: byte ranges, F_GETLK, EDEADLK, and what closing gives up, as POSIX has them
# native: yes
from mounttest import *
import fcntl

BUSY = (errno.EAGAIN, errno.EACCES)
FORM = "hhqqi"
write("f", b"x" * 1000)

def lock(fd, how, length=0, start=0):
    if how != fcntl.LOCK_UN:
        how |= fcntl.LOCK_NB
    fcntl.lockf(fd, how, length, start)


def getlk(peer, fd, kind, start, length):
    ask = struct.pack(FORM, kind, os.SEEK_SET, start, length, 0)
    return struct.unpack(FORM, peer(fcntl.fcntl, fd, fcntl.F_GETLK, ask))


p, q, r = Peer(), Peer(), Peer()
a, b, c = (x.open("f", os.O_RDWR) for x in (p, q, r))
EX, SH, UN = fcntl.LOCK_EX, fcntl.LOCK_SH, fcntl.LOCK_UN
p(lock, a, EX, 10, 10)
q(lock, b, EX, 10, 20)
q(lock, b, SH, 10, 0)
raises(BUSY, q, lock, b, SH, 1, 19)
raises(BUSY, p, lock, a, EX, 1, 9)
p(lock, a, SH, 1, 9)
eq(getlk(r, c, fcntl.F_WRLCK, 0, 5), (fcntl.F_RDLCK, 0, 0, 10, q.pid))
eq(getlk(r, c, fcntl.F_WRLCK, 10, 0), (fcntl.F_WRLCK, 0, 10, 10, p.pid))
eq(getlk(r, c, fcntl.F_RDLCK, 0, 10)[0], fcntl.F_UNLCK)
eq(getlk(p, a, fcntl.F_WRLCK, 10, 10)[0], fcntl.F_UNLCK)
# a part is given back, up to the end of file and beyond
p(lock, a, UN, 4, 13)
eq(getlk(r, c, fcntl.F_WRLCK, 10, 10), (fcntl.F_WRLCK, 0, 10, 3, p.pid))
eq(getlk(r, c, fcntl.F_WRLCK, 13, 4)[0], fcntl.F_UNLCK)
r(lock, c, EX, 0, 5000)
raises(BUSY, p, lock, a, SH, 1, 1 << 62)
eq(getlk(p, a, fcntl.F_RDLCK, 900, 0), (fcntl.F_WRLCK, 0, 5000, 0, r.pid))
for peer, fd in ((p, a), (q, b), (r, c)):
    peer(lock, fd, UN)

# Each upgrades its own lock: the second of them must not wait for ever.
p(lock, a, SH)
q(lock, b, SH)
p.send(fcntl.lockf, a, EX)
check(p.busy(), "upgraded beside a reader")
raises(errno.EDEADLK, q, fcntl.lockf, b, EX)
q(lock, b, UN)
p.result()
p(lock, a, UN)
# A circle of three, over two files.
write("g", b"")
g = q.open("g", os.O_RDWR)
h = r.open("g", os.O_RDWR)
p(lock, a, EX, 1, 0)
q(lock, b, EX, 1, 1)
r(lock, h, EX, 1, 0)
p.send(fcntl.lockf, a, EX, 1, 1)
q.send(fcntl.lockf, g, EX, 1, 0)
check(p.busy() and q.busy(), "no wait")
raises(errno.EDEADLK, r, fcntl.lockf, c, EX, 1, 0)
r.close(h)
q.result()
q.close(b)
p.result()
q.close(g)
p(lock, a, UN)

# Closing any descriptor of the file gives up all that its process has.
b = q.open("f", os.O_RDWR)
for other in (os.O_RDWR, os.O_WRONLY | os.O_APPEND):
    p(lock, a, EX)
    raises(BUSY, q, lock, b, EX)
    p.close(p.open("f", other))
    q(lock, b, EX)
    q(lock, b, UN)
p(lock, a, EX)
p.close(p.open("f", os.O_RDONLY))
q(lock, b, EX)
q(lock, b, UN)
# of another process's descriptor not, nor at exec
p(lock, a, EX)
r.close(r.open("f", os.O_RDWR))
raises(BUSY, q, lock, b, EX)
p.exit()
q(lock, b, EX)
