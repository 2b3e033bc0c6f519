# SPDX-License-Identifier: MIT
# about: F5: a new file that others write is reached by /proc/PID/fd, without its name
# native: yes
from mounttest import *

p = Peer()
os.mkdir("d")


def reached(fd, old):
    """By @fd of @p, that has the content @old: for reading and writing."""
    again = "/proc/%d/fd/%d" % (p.pid, fd)
    for i in range(2):
        eq(read(again), old, "for reading")
    w = os.open(again, os.O_RDWR | os.O_APPEND)
    write_all(w, b"more")
    eq(p(os.pread, fd, 100, 0), old + b"more")
    os.close(w)
    w = os.open(again, os.O_WRONLY | os.O_TRUNC)
    eq(p(os.pread, fd, 100, 0), b"")
    os.close(w)


for path in ("f", "d/f"):
    fd = p.put(path, b"new", TRUNC & ~os.O_WRONLY | os.O_RDWR)
    reached(fd, b"new")
    p(os.rename, path, path + "2")
    reached(fd, b"")
    p(os.unlink, path + "2")
    reached(fd, b"")
    p.close(fd)
    absent(path)
    absent(path + "2")
fd = p.open(".", os.O_TMPFILE | os.O_RDWR)
reached(fd, b"")
p.close(fd)
p.exit()
