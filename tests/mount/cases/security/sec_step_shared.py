# SPDX-License-Identifier: MIT
# about: C2: by .checkpoints/.step no user keeps another's steps waiting, or has the daemon keep more than its share of memory
# needs: root
# options: --allow-other
import fcntl
import resource

from mounttest import *
from users import *

CP = Path(".checkpoints")
MIB = 1 << 20
os.chmod(".", 0o777)


def lock_all(way):
    """Keeps whatever there is to lock in .step."""
    fd = os.open(CP / ".step", os.O_RDWR)
    try:
        way(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise
    return fd


def step(name, **kwargs):
    return subprocess.Popen([IDEMFS, "step", name, "true"],
                            stderr=subprocess.PIPE, **kwargs)


def rss():
    for line in Path("/proc/%d/status" % DAEMON).read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10


def fill(path, flags, count):
    """Has the daemon keep a mebibyte for each open: how many, and why no more."""
    fds = []
    for i in range(count):
        fd = os.open(str(path) % i if "%" in str(path) else path, flags)
        fds.append(fd)
        try:
            os.pwrite(fd, b"x" * MIB, 0)
        except OSError as e:
            return fds, e.errno
    return fds, 0


def truncate_up(path):
    fd = os.open(path, os.O_RDWR)
    try:
        os.ftruncate(fd, MIB)
    finally:
        os.close(fd)


def close(fds):
    """The note that was too much is told once more."""
    for fd in fds:
        try:
            os.close(fd)
        except OSError as e:
            eq((e.errno, fd), (errno.EDQUOT, fds[-1]))


def raise_limit():
    resource.setrlimit(resource.RLIMIT_NOFILE, (1000, 1000))


a, also_a, b = Peer(), Peer(), Peer()
for p, uid in ((a, A), (also_a, A), (b, B)):
    p(raise_limit)
    p(be, uid)

# Locks
for way in (fcntl.lockf, fcntl.flock):
    held = a(lock_all, way)
    raises(errno.EAGAIN, also_a, lock_all, way)
    p = step("r.done")
    eq(p.wait(PATIENCE), 0)
    check(b"waiting" not in p.stderr.read(), "root waits for nobody")
    b(os.close, b(lock_all, way))
    a(os.close, held)
    also_a(os.close, also_a(lock_all, way))

# Memory
before = rss()
fds, why = a(fill, CP / ".step", os.O_WRONLY, 300)
eq(why, errno.EDQUOT)
check(4 <= len(fds) <= 20, "%d opens" % len(fds))
more, why = b(fill, CP / ".step", os.O_WRONLY, 4)
eq(why, 0)
check(rss() < before + 40 * MIB, "%d more" % (rss() - before))
a(os.close, a.open(CP / "plain.done", EXCL))
# It is A's own trouble that its marks take no note meanwhile.
fd = a.open(CP / "note.done")
raises(errno.EDQUOT, a, os.write, fd, b"note")
raises(errno.EDQUOT, a, os.close, fd)
raises(errno.EDQUOT, a, truncate_up, CP / "plain.done")
write(CP / "mine.done", b"note" * 200000)
eq(len(read(CP / "mine.done")), 800000)
fd = b.open(CP / "b.done")
b(os.write, fd, b"note")
b(os.close, fd)
a(close, fds)
b(close, more)
fds, why = a(fill, CP / ".step", os.O_WRONLY, 4)
eq(why, 0, "it was given back")
a(close, fds)

# Marks that are open for writing, too.
fds, why = a(fill, CP / "n%d.done", os.O_WRONLY | os.O_CREAT, 30)
eq(why, errno.EDQUOT)
check(len(fds) <= 20, "%d opens" % len(fds))
eq(step("end.done").wait(PATIENCE), 0)
a(close, fds)
for p in (a, also_a, b):
    p.exit()
