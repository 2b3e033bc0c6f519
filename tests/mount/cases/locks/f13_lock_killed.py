# SPDX-License-Identifier: MIT
# about: F13: a process that is killed holding or waiting gives up its locks
# native: yes
# quarantine: some
from mounttest import *
import fcntl

for kind in (fcntl.flock, fcntl.lockf):
    for flags in (os.O_RDWR, TRUNC):
        write("lock", b"x")
        held, dies, waits = Peer(), Peer(), Peer()
        fds = [p.open("lock", flags) for p in (held, dies, waits)]
        held(kind, fds[0], fcntl.LOCK_EX)
        dies.send(kind, fds[1], fcntl.LOCK_EX)
        waits.send(kind, fds[2], fcntl.LOCK_EX)
        check(dies.busy() and waits.busy(), "got a lock that another holds")
        dies.kill()
        check(waits.busy(), "got a lock that another holds")
        held.kill()
        waits.result()
        waits.exit()

# Many at once, killed in the middle of it: the lock is free in the end.
def fight():
    while True:
        fd = os.open("lock", os.O_RDWR)
        fcntl.lockf(fd, fcntl.LOCK_EX, 1, os.getpid() % 3)
        fcntl.flock(fd, fcntl.LOCK_EX)
        os.close(fd)


peers = [Peer() for _ in range(20)]
for p in peers:
    p.send(fight)
time.sleep(0.5)
for p in peers:
    p.kill()
fd = os.open("lock", os.O_RDWR)
fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
os.close(fd)
