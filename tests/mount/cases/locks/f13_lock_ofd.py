# SPDX-License-Identifier: MIT
# about: F13: locks of open file descriptions: of one process too, inherited, and until the last close
# native: yes
from mounttest import *
import fcntl

BUSY = (errno.EAGAIN, errno.EACCES)
GETLK, SETLK, SETLKW = 36, 37, 38  # F_OFD_*
EX, SH, UN = fcntl.F_WRLCK, fcntl.F_RDLCK, fcntl.F_UNLCK
write("f", b"x" * 100)


def ofd(fd, kind, start=0, length=0, cmd=SETLK):
    return fcntl.fcntl(fd, cmd, struct.pack("hhqqi", kind, os.SEEK_SET, start,
                                            length, 0))


p, q = Peer(), Peer()
a = p.open("f", os.O_RDWR)
b = p.open("f", os.O_RDWR)
c = q.open("f", os.O_RDWR)
p(ofd, a, EX, 0, 10)
raises(BUSY, p, ofd, b, EX, 5, 1)
raises(BUSY, q, ofd, c, SH, 9, 1)
raises(BUSY, q, fcntl.lockf, c, fcntl.LOCK_EX | fcntl.LOCK_NB)
raises(BUSY, p, fcntl.lockf, b, fcntl.LOCK_EX | fcntl.LOCK_NB)
q(ofd, c, EX, 10, 10)
got = struct.unpack("hhqqi", q(ofd, c, EX, 0, 5, GETLK))
eq(got[:4], (EX, os.SEEK_SET, 0, 10), "F_OFD_GETLK")
# another descriptor of the same file may be closed
p.close(b)
p.close(p.open("f", os.O_RDONLY))
raises(BUSY, q, ofd, c, EX, 0, 1)
# a duplicate is the same description
d = p(os.dup, a)
p.close(a)
p(ofd, d, SH, 0, 10)
q(ofd, c, SH, 0, 1)
q(ofd, c, UN, 0, 1)
p(ofd, d, EX, 0, 10)
q.send(ofd, c, EX, 0, 0, SETLKW)
check(q.busy(), "no wait")
p.close(d)
q.result()
q.exit()

# A reader's, too, whose close sends no FLUSH.
a = p.open("f", os.O_RDONLY)
p(ofd, a, SH)
q = Peer()
c = q.open("f", os.O_RDWR)
raises(BUSY, q, ofd, c, EX)
p.close(a)
q(ofd, c, EX)

# A child holds what it inherited.
write("g", b"")
fd = os.open("g", os.O_RDWR)
ofd(fd, EX)
child = Peer(keep=True)
os.close(fd)
d = q.open("g", os.O_RDWR)
raises(BUSY, q, ofd, d, EX)
child.exit()
q(ofd, d, EX)
