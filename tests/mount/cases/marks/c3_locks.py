# SPDX-License-Identifier: MIT
# about: C3: a file that is there to be locked holds up no mark
# options: --open-wait 1
# needs: flock
import fcntl

from mounttest import *


def fcntl_lock(fd):
    fcntl.lockf(fd, fcntl.LOCK_EX)


def mark(name):
    write(".checkpoints/" + name, b"")


# flock(1) makes its file, and runs the step that marks.
for i in range(3):
    sh("flock lock -c 'echo %d > out; touch .checkpoints/a%d.done'" % (i, i))
    eq(read("lock"), b"")
    check(os.path.exists(".checkpoints/a%d.done" % i), "a mark")
sh("flock -s d.lock true; flock -x new.lock -c 'test -e new.lock'")
eq(read("new.lock"), b"")
check("new.lock" in names(), "listed")

# Open for writing, and locked.
for how in (">", ">>", "<>"):
    sh("exec 9%s w.lock; flock 9; touch .checkpoints/b.done; echo x > out" %
       how)
eq(read("w.lock"), b"")
write("full.lock", b"123\n")
for how in (">>", "<>"):
    sh("exec 9%s full.lock; flock 9; touch .checkpoints/c.done" % how)
    eq(read("full.lock"), b"123\n")

# Written to, or not locked: what a mark waits for.
p = Peer()
fd = p(os.open, "w.lock", TRUNC, 0o666)
raises(errno.EBUSY, mark, "d.done")
p(fcntl_lock, fd)
mark("d.done")
p(os.write, fd, b"pid")
raises(errno.EBUSY, mark, "e.done")
p.close(fd)
mark("e.done")
eq(read("w.lock"), b"pid")
