# SPDX-License-Identifier: MIT
# about: C3: what other users hold open, or fail to write, keeps no user from making marks, which say what they do not vouch for
# needs: root
# options: --allow-other --open-wait 0
# options: --allow-other --open-wait 0 --passthrough off
# quarantine: some
from mounttest import *
from users import *

CP = Path(".checkpoints")
os.chmod(".", 0o777)


def mark(name):
    os.close(os.open(CP / name, os.O_WRONLY | os.O_CREAT, 0o644))


def told(name):
    """What the mark does not vouch for."""
    return [line[len("# open "):] for line in
            read(CP / name).decode().splitlines()
            if line.startswith("# open ")]


a, b = Peer(), Peer()
a(be, A)
b(be, B)

# A new file, an overwrite, an append of another; and one of many.
b(write, "old", b"committed")
mark("before.done")
fds = [b.open("new", EXCL), b.open("old"), b.open("old", APPEND)]
b(os.write, fds[0], b"half")
b(os.write, fds[2], b"half")
mark("r.done")
a(mark, "a.done")
for name in ("r.done", "a.done"):
    eq(sorted(set(told(name))), ["new", "old"], name)
raises(errno.EBUSY, b, mark, "b.done")
absent(CP / "b.done")
check("committed" not in told("before.done"), "was whole")
idemfs("verify", "--full", BACKING)
for fd in fds:
    b.close(fd)
b(mark, "b.done")
eq(told("b.done"), [])
check(b"  old\n" in read(CP / "b.done"), "now it is told")
idemfs("verify", "--full", BACKING)

# What one has written to another's file is one's own, until it is committed.
write("shared", b"1\n")
os.chmod("shared", 0o666)
fd = b.open("shared", os.O_WRONLY | os.O_APPEND)
mark("alone.done")
eq(told("alone.done"), ["shared"])
a(write, "shared", b"2\n", os.O_WRONLY | os.O_APPEND)
raises(errno.EBUSY, a, mark, "joined.done")
mark("root.done")
b.close(fd)
a(mark, "joined.done")

# What root has open counts for all.
with open("root", "wb"):
    raises(errno.EBUSY, a, mark, "no.done")
    raises(errno.EBUSY, mark, "no.done")
a(mark, "yes.done")

# What was closed before is in place, whichever user has written it.
for i in range(30):
    b(write, "closed", b"%d" % i)
    mark("c.done")
    check(b"  closed\n" in read(CP / "c.done"), "round %d" % i)
    eq(told("c.done"), [])

# Many: a mark does not grow with them.
fds = [b.open("many%d" % i, EXCL) for i in range(80)]
mark("many.done")
eq(len(told("many.done")), 64)
check(b"# opens 16\n" in read(CP / "many.done"), "how many more")
for fd in fds:
    b.close(fd)

# A promotion that fails is a matter of its user's marks.
os.mkdir("d")
os.chmod("d", 0o777)
fd = b.open("d/f", EXCL)
b(os.write, fd, b"x")
os.rmdir(BACKING / "d")
b.close(fd)
wait_until(lambda: one_partial("d/f"), "it is not promoted")
mark("root2.done")
a(mark, "a2.done")
raises(errno.EIO, b, mark, "b2.done")
b(mark, "b2.done")
for p in (a, b):
    p.exit()
