# SPDX-License-Identifier: MIT
# about: F13: locks go with the file: links share, rename takes along, a new file is another
# native: yes
from mounttest import *
import fcntl

BUSY = (errno.EAGAIN, errno.EACCES)


def lock(path, flags=os.O_RDONLY):
    fd = os.open(path, flags, 0o666)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise
    return fd


def busy(path):
    raises(BUSY, q, lock, path)


def free(path, flags=os.O_RDONLY):
    q.close(q(lock, path, flags))


p, q = Peer(), Peer()

# Hard links.
write("a", b"x")
os.link("a", "b")
fd = p(lock, "b")
busy("a")
os.link("a", "c")
busy("c")
os.unlink("b")
busy("a")
p.close(fd)
free("c")

# Renamed while locked, by any process, with and without a replaced target.
write("t", b"target")
for flags in (os.O_RDONLY, UPDATE):
    write("m", b"x")
    fd = p(lock, "m", flags)
    os.rename("m", "n")
    busy("n")
    os.rename("n", "t")
    busy("t")
    free("m", os.O_RDWR | os.O_CREAT)
    p.close(fd)
    free("t")
# The one that was replaced is a file that no other process finds.
fd = p(lock, "t")
write("s", b"source")
os.rename("s", "t")
free("t")
p.close(fd)
# Exchanged.
write("x", b"x")
write("y", b"y")
fd = p(lock, "x", UPDATE)
renameat2("x", "y", EXCHANGE)
busy("y")
free("x")
p.close(fd)
# A renamed directory.
os.mkdir("d")
write("d/f", b"x")
fd = p(lock, "d/f", TRUNC)
os.rename("d", "e")
busy("e/f")
p.close(fd)

# Removed and made anew.
for flags in (os.O_RDONLY, UPDATE, TRUNC):
    write("u", b"x")
    fd = p(lock, "u", flags)
    os.unlink("u")
    free("u", os.O_RDWR | os.O_CREAT)
    p.close(fd)
# A lock file that is removed by the process that has it, as lockfile users do.
fd = p(lock, "gone", os.O_RDWR | os.O_CREAT)
p(os.unlink, "gone")
free("gone", os.O_RDWR | os.O_CREAT)
p.close(fd)
# Without a name, and then with one.
fd = p(os.open, ".", os.O_TMPFILE | os.O_RDWR, 0o600)
p(fcntl.flock, fd, fcntl.LOCK_EX)
p(link_fd, fd, "named")
p(os.fsync, fd)
if NATIVE:
    busy("named")
p.close(fd)
free("named")
