# SPDX-License-Identifier: MIT
# about: F13: processes that have any version of a name open lock the same file
# native: yes
from mounttest import *
import fcntl

BUSY = (errno.EAGAIN, errno.EACCES)


def lock(fd, how=fcntl.LOCK_EX, kind=fcntl.flock):
    kind(fd, how | fcntl.LOCK_NB)


def free(p, fd, how=fcntl.LOCK_EX):
    p(lock, fd, how)
    p(fcntl.flock, fd, fcntl.LOCK_UN)


p, q, r = Peer(), Peer(), Peer()

# A name that was never committed: both write a version of their own.
a, b = p.put("new", b"1"), q.put("new", b"2")
p(lock, a)
raises(BUSY, q, lock, b)
p.close(a)
free(q, b)
# One has the committed file, the other the version that will replace it.
c = r.open("new", os.O_RDONLY)
r(lock, c, fcntl.LOCK_SH)
raises(BUSY, q, lock, b)
q(lock, b, fcntl.LOCK_SH)
q.close(b)
# That is committed, too: old and new committed file.
d = p.open("new", os.O_RDONLY)
raises(BUSY, p, lock, d)
p.close(d)
# Twice replaced.
for i in range(3):
    write("new", b"again %d" % i)
d = p.open("new", os.O_RDONLY)
e = q.put("new", b"pending")
raises(BUSY, p, lock, d)
raises(BUSY, q, lock, e)
r.close(c)
q(lock, e)
raises(BUSY, p, lock, d)
q.close(e)
p(lock, d)
p.close(d)

# Nothing was locked when the file was replaced.
write("old", b"x")
a = p.open("old", os.O_RDONLY)
write("old", b"y")
b = q.open("old", os.O_RDONLY)
p(lock, a)
raises(BUSY, q, lock, b)
p.close(a)
free(q, b)
q.close(b)

# POSIX locks likewise, with their pid.
write("posix", b"x" * 10)
a = p.open("posix", os.O_RDONLY)
b = q.open("posix", UPDATE)
c = r.open("posix", TRUNC)
p(lock, a, fcntl.LOCK_SH, fcntl.lockf)
raises(BUSY, q, lock, b, fcntl.LOCK_EX, fcntl.lockf)
raises(BUSY, r, lock, c, fcntl.LOCK_EX, fcntl.lockf)
ask = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
got = struct.unpack("hhqqi", r(fcntl.fcntl, c, fcntl.F_GETLK, ask))
eq(got, (fcntl.F_RDLCK, os.SEEK_SET, 0, 0, p.pid))
p.close(a)
q(lock, b, fcntl.LOCK_EX, fcntl.lockf)
raises(BUSY, r, lock, c, fcntl.LOCK_EX, fcntl.lockf)
for peer in (p, q, r):
    peer.exit()
