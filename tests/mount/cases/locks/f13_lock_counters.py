# SPDX-License-Identifier: MIT
# about: F13: 50 processes that count under a lock, each in its own way, lose nothing
# native: yes
# timeout: 300
from mounttest import *
import fcntl

EACH = 6


def count_beside(how):
    """The lock file is opened anew each time, and truncated."""
    fd = os.open("lock", how, 0o666)
    fcntl.flock(fd, fcntl.LOCK_EX)
    n = int(read("beside"))
    write("beside", b"%d" % (n + 1))
    os.close(fd)


def count_in(kind, name):
    """The counter itself is locked, and updated."""
    fd = os.open(name, os.O_RDWR)
    kind(fd, fcntl.LOCK_EX)
    n = int(os.pread(fd, 20, 0))
    os.pwrite(fd, b"%d" % (n + 1), 0)
    os.close(fd)


def count_kept(fd):
    """The lock file stays open; locks are given back by hand."""
    fcntl.lockf(fd, fcntl.LOCK_EX)
    n = int(read("kept"))
    write("kept", b"%d" % (n + 1))
    fcntl.lockf(fd, fcntl.LOCK_UN)


def all_of_them():
    kept = os.open("keptlock", os.O_RDWR | os.O_CREAT, 0o666)
    for _ in range(EACH):
        count_beside(TRUNC)
        count_beside(os.O_RDONLY)
        count_in(fcntl.flock, "in")
        count_in(fcntl.lockf, "posix")
        count_kept(kept)


write("lock", b"")
for name in ("beside", "in", "posix", "kept"):
    write(name, b"0")
peers = [Peer() for _ in range(50)]
for p in peers:
    p.send(all_of_them)
for p in peers:
    p.result()
    p.exit()
eq(int(read("beside")), 50 * EACH * 2, "beside")
for name in ("in", "posix", "kept"):
    eq(int(read(name)), 50 * EACH, name)
