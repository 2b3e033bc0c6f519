# SPDX-License-Identifier: MIT
# about: F13: a wait for a lock can be interrupted, and goes on after SA_RESTART
# native: yes
from mounttest import *
import fcntl


class Alarm(Exception):
    pass


def alarm(*_):
    raise Alarm


def interrupted(kind, fd):
    """Waits for the lock until SIGALRM; then it must not have it."""
    signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        kind(fd, fcntl.LOCK_EX)
    except Alarm:
        return True
    return False


def patient(kind, fd):
    """Is interrupted again and again, by a handler that lets it go on."""
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    kind(fd, fcntl.LOCK_EX)
    signal.setitimer(signal.ITIMER_REAL, 0)


write("f", b"x")
p, q = Peer(), Peer()
for kind in (fcntl.flock, fcntl.lockf):
    a, b = p.open("f", os.O_RDWR), q.open("f", TRUNC)
    p(kind, a, fcntl.LOCK_EX)
    check(q(interrupted, kind, b), "got a lock that another holds")
    p(kind, a, fcntl.LOCK_UN)
    p(kind, a, fcntl.LOCK_EX | fcntl.LOCK_NB)
    q.send(patient, kind, b)
    check(q.busy(), "got a lock that another holds")
    p(kind, a, fcntl.LOCK_UN)
    q.result()
    p.close(a)
    q.close(b)

# Forty wait, with four threads in the daemon, and it goes on serving.
held = p.open("f", os.O_RDWR)
p(fcntl.flock, held, fcntl.LOCK_EX)
waiters = [Peer() for _ in range(40)]
for w in waiters:
    fd = w.open("f", os.O_RDONLY)
    w.send(fcntl.flock, fd, fcntl.LOCK_SH)
check(all(w.busy(0.01) for w in waiters), "no wait")
write("other", b"served")
eq(read("other"), b"served")
p.close(held)
for w in waiters:
    w.result()
    w.exit()
