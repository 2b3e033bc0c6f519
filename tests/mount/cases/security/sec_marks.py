# SPDX-License-Identifier: MIT
# about: C2: by `idemfs step`, too, a mark is made where its maker may make files, and takes no other user's place in a sticky directory
# needs: root
# options: --allow-other
from mounttest import *
from users import *

OWNER, TEAM = 5555, 6666
CP = Path(".checkpoints")
os.chmod(".", 0o1777)
os.chown(".", OWNER, OWNER)


def step(mark):
    """What `idemfs step` says once its command has ended well."""
    fd = os.open(CP / ".step", os.O_WRONLY)
    try:
        os.write(fd, b"idemfs-step 1\nmark %s\ncommand true\nargv %032d\n" %
                 (mark.encode(), 0))
        os.fsync(fd)
    finally:
        os.close(fd)


def make(mark):
    os.close(os.open(CP / mark, os.O_WRONLY | os.O_CREAT, 0o644))


def group(name, mode, gid=0):
    os.mkdir(CP / name)
    os.chown(CP / name, 0, gid)
    os.chmod(CP / name, mode)


def of(mark):
    return os.stat(CP / mark).st_uid


a, b, owner = Peer(), Peer(), Peer()
a(be, A, TEAM)
b(be, B)
owner(be, OWNER)

# The top is as sticky as the root; and so may a group be.
group("all", 0o1777)
for mark in ("m.done", "all/m.done"):
    a(step, mark)
    raises(errno.EPERM, b, step, mark)
    raises(errno.EPERM, b, os.unlink, CP / mark)
    eq(of(mark), A)
    a(step, mark)
owner(step, "m.done")
eq(of("m.done"), OWNER)
raises(errno.EPERM, owner, step, "all/m.done")
step("all/m.done")
eq(of("all/m.done"), 0)

# A mark that is made while another waits is first.
for way in (step, make):
    fd = b.open("busy", EXCL)
    mark = "late-%s.done" % way.__name__
    waits = Peer()
    waits(be, B)
    waits.send(way, mark)
    check(waits.busy(), "the mark waits for what is open")
    write(BACKING / ".idemfs/marks" / mark, b"")
    os.chown(BACKING / ".idemfs/marks" / mark, A, A)
    b.close(fd)
    raises(errno.EPERM, waits.result)
    waits.exit()
    eq(of(mark), A)
    b(os.unlink, "busy")

# Any group of the user lets it in, as the kernel would; and x is needed, too.
group("team", 0o770, TEAM)
a(step, "team/m.done")
raises(errno.EACCES, b, step, "team/m.done")
group("no-x", 0o666)
raises(errno.EACCES, b, step, "no-x/m.done")
group("outer", 0o711)
group("outer/inner", 0o777)
b(step, "outer/inner/m.done")
raises(errno.EACCES, b, step, "outer/m.done")
os.chmod(CP / "outer", 0o766)
raises(errno.EACCES, b, step, "outer/inner/n.done")
eq(of("team/m.done"), A)
for p in (a, b, owner):
    p.exit()
