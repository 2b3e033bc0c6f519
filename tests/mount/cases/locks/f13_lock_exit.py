# SPDX-License-Identifier: MIT
# about: F13: a process that ends with the lock file, and what it wrote under the lock, still open has written it when the next one has the lock
# options: --threads 2
# options: --threads 8 --passthrough off
# native: yes
from mounttest import *
import fcntl

WORKERS, EACH = 4, 6


def count_and_exit(lock, how, data_first):
    """Reads, counts, writes, and exits without closing anything."""
    # Which of the two has the lower descriptor, and so is closed first?
    low = os.open("/dev/null", os.O_RDONLY) if data_first else -1
    lock(os.open("lock", how), fcntl.LOCK_EX)
    if data_first:
        os.close(low)
    n = int(read("n"))
    fd = os.open("n", TRUNC)
    os.write(fd, b"%d" % (n + 1))
    os._exit(0)


def work(*args):
    for _ in range(EACH):
        child = os.fork()
        if child == 0:
            count_and_exit(*args)
        eq(os.waitpid(child, 0)[1], 0, "child")


write("lock", b"")
for lock, how in ((fcntl.flock, os.O_RDWR), (fcntl.flock, os.O_RDONLY),
                  (fcntl.lockf, os.O_RDWR)):
    for data_first in (False, True):
        write("n", b"0")
        peers = [Peer() for _ in range(WORKERS)]
        for p in peers:
            p.send(work, lock, how, data_first)
        for p in peers:
            p.result()
            p.exit()
        eq(int(read("n")), WORKERS * EACH,
           "%s, %s first" % (lock.__name__, "data" if data_first else "lock"))

# What a child has inherited is not waited for: the lock goes on.
r, w = os.pipe()
if os.fork() == 0:
    os.close(w)
    fd = os.open("inherited", TRUNC)
    fcntl.lockf(os.open("lock", os.O_RDWR), fcntl.LOCK_EX)
    os.write(fd, b"one ")
    if os.fork() == 0:
        os.read(r, 1)
        os.write(fd, b"two")
    os._exit(0)
os.wait()
fd = os.open("lock", os.O_RDWR)
fcntl.lockf(fd, fcntl.LOCK_EX)
if not NATIVE:
    absent("inherited")
os.close(w)
wait_until(lambda: os.path.exists("inherited") and
           read("inherited") == b"one two", "what the child wrote")

# When it is known that the process is dead, its locks are free.
for lock in (fcntl.flock, fcntl.lockf):
    for i in range(10):
        child = os.fork()
        if child == 0:
            lock(os.open("lock", os.O_RDWR), fcntl.LOCK_EX)
            os.open("n", TRUNC)
            os._exit(0)
        os.waitpid(child, 0)
        fd = os.open("lock", os.O_RDWR)
        lock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(fd)
