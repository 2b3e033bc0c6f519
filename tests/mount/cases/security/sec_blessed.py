# SPDX-License-Identifier: MIT
# about: F7: set-id bits and capabilities that a committed file gets never come to bytes that another user has pending at its name
# needs: root
# options: --allow-other --passthrough off
# options: --allow-other --durability close
# options: --allow-other --passthrough on -o suid,dev
from mounttest import *
from users import *

GROUP = 4444
TAIL = b"t" * (1 << 20)
let_all_in()


def by_path(mode):
    def bless(file):
        os.chown(file, 0, GROUP)
        os.chmod(file, mode)
    bless.__name__ = "chmod_%o" % mode
    return bless


def by_descriptor(mode):
    def bless(file):
        fd = os.open(file, os.O_RDONLY)
        os.fchown(fd, 0, GROUP)
        os.fchmod(fd, mode)
        os.close(fd)
    bless.__name__ = "fchmod_%o" % mode
    return bless


def keep_owner(file):
    os.chmod(file, 0o4755)


def keep_owner_group(file):
    os.chown(file, -1, GROUP)
    os.chmod(file, 0o2755)


def caps(file):
    os.setxattr(file, "security.capability", CAPS)


def caps_by_descriptor(file):
    fd = os.open(file, os.O_RDONLY)
    os.setxattr(fd, "security.capability", CAPS)
    os.close(fd)


BLESSINGS = [by_path(0o4755), by_path(0o2755), by_path(0o6777),
             by_descriptor(0o4755), by_descriptor(0o2755), keep_owner,
             keep_owner_group, caps, caps_by_descriptor]
WAYS = {"truncating": TRUNC, "appending": APPEND, "updating": os.O_WRONLY,
        "updating both": os.O_RDWR}


def blessed(file, bless, was):
    got = powers(file)
    check(got[0] or got[1], "%s did nothing" % bless.__name__)
    eq(read(file), was, "what root has blessed")


def mapped(fd):
    with mmap.mmap(fd, 4096) as m:
        m[:4] = b"evil"


def try_one(bless, way, flags, when, old):
    """A opens; writes before or after root has blessed what is there."""
    what = "%s, %s, %s" % (bless.__name__, way, when)
    name = what.replace(" ", "_").replace(",", "")
    a(write, name, old)
    fd = a.open(name, flags)
    if when != "after":
        a(write_all, fd, b"evil")
    bless(name)
    if when != "after":
        blessed(name, bless, old)
    if when == "after":
        a(write_all, fd, b"evil")
    if when == "both":
        a(write_all, fd, b"evil")
    if when == "mapped":
        a(mapped, fd)
    a.close(fd)
    check(b"evil" in read(name), what + ": not promoted")
    for place in (name, BACKING / name):
        eq(powers(place), (0, False), what)
    os.unlink(name)


a = Peer()
a(be, A)
for bless in BLESSINGS:
    for way, flags in WAYS.items():
        whens = ["before", "after", "both"]
        whens += ["mapped"] if flags == os.O_RDWR else []
        for when in whens:
            try_one(bless, way, flags, when, b"good" * 2048)
    try_one(bless, "tail", APPEND, "before", TAIL)
    try_one(bless, "tail", APPEND, "both", TAIL)

# Nor by what is new: another process of A's has committed it meanwhile.
for bless in BLESSINGS:
    fd = a.put("new", b"evil", EXCL)
    second = Peer()
    second(be, A)
    second(write, "new", b"good")
    bless("new")
    blessed("new", bless, b"good")
    a.close(fd)
    eq((read("new"), powers("new")), (b"evil", (0, False)), bless.__name__)
    second.exit()
    os.unlink("new")

# Of a group's file: its owner cannot give it away either.
b = Peer()
b(be, GROUP)
write("group", b"good")
os.chown("group", A, GROUP)
os.chmod("group", 0o664)
fd = b.put("group", b"evil", TRUNC)
a(os.chmod, "group", 0o4775)
eq((read("group"), powers("group")), (b"good", (0o4000, False)))
b.close(fd)
eq((read("group"), powers("group")), (b"evil", (0, False)))

# What the owner does is done to the owner's own bytes, as ever.
fd = a.put("own", b"old", TRUNC)
second = Peer()
second(be, A)
a(os.fchmod, fd, 0o4755)
a.close(fd)
eq(powers("own"), (0o4000, False))
fd = a.put("own", b"new", TRUNC)
a(os.chmod, "own", 0o4755)
a.close(fd)
eq((read("own"), powers("own")), (b"new", (0o4000, False)))
# But not by a process that sees what is committed: as by a write, they are gone.
fd = a.put("own", b"newer", TRUNC)
second(os.chmod, "own", 0o4755)
eq((second(read, "own"), second(powers, "own")), (b"new", (0o4000, False)))
a.close(fd)
eq((read("own"), powers("own")), (b"newer", (0, False)))
# And root's own are root's, in a process that comes from the one that writes.
write("root", b"old")
fd = os.open("root", TRUNC)
write_all(fd, b"new")
root = Peer()
root(os.chmod, "root", 0o4755)
root(os.setxattr, "root", "security.capability", CAPS)
os.close(fd)
eq((read("root"), powers("root")), (b"new", (0o4000, True)))

# Nor is what root sees by path, its own version, what others see.
write("mirror", b"", mode=0o666)
a(write, "mirror", b"evil")
fd = os.open("mirror", TRUNC)
write_all(fd, b"good")
os.chmod("mirror", 0o4755)
os.setxattr("mirror", "security.capability", CAPS)
eq(read(BACKING / "mirror"), b"evil")
eq(powers(BACKING / "mirror"), (0, False))
os.close(fd)
eq((read("mirror"), powers("mirror")), (b"good", (0o4000, True)))
# An update that has written nothing shows what is committed.
fd = os.open("mirror", os.O_WRONLY)
os.chmod("mirror", 0o755)
os.chmod("mirror", 0o4755)
eq(powers(BACKING / "mirror")[0], 0o4000)
os.close(fd)
eq(powers("mirror")[0], 0o4000)


def hot(name):
    """Has the committed file, of A's bytes, the powers of another?"""
    place = BACKING / name
    return b"evil" in read(place) and powers(place) != (0, False)


def bless_by(number, file):
    BLESSINGS[number](file)


# Nor is what an update of root's shows what A has committed over it meanwhile.
holder = Peer()
for number, bless in enumerate(BLESSINGS):
    for flags in (APPEND, os.O_WRONLY, os.O_RDWR):
        for old in (b"good", TAIL):
            write("tool", old, mode=0o777)
            fd = holder.open("tool", flags)
            a(write, "tool", b"evil")
            eq((read("tool"), holder(read, "tool")), (b"evil", old))
            holder(bless_by, number, "tool")
            check(not hot("tool"), "%s, %#o" % (bless.__name__, flags))
            holder.close(fd)
            check(not hot("tool"), "%s, %#o, closed" % (bless.__name__, flags))
            os.unlink("tool")


def acl(file):
    """g::rx, and all that is needed for it"""
    entries = ((1, 6), (4, 5), (16, 5), (32, 4))
    os.setxattr(file, "system.posix_acl_access", struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, may, 0xffffffff) for tag, may in entries))


def acl_by_descriptor(file):
    fd = os.open(file, os.O_RDONLY)
    acl(fd)
    os.close(fd)


# S_ISGID that the group cannot use yet, and then the right to.
for give in (acl, acl_by_descriptor, lambda file: os.chmod(file, 0o2654)):
    for flags in (TRUNC, APPEND):
        for first in (True, False):
            a(write, "later", b"good" if flags == TRUNC else TAIL)
            fd = a.open("later", flags)
            if first:
                a(write_all, fd, b"evil")
            os.chown("later", -1, GROUP)
            os.chmod("later", 0o2644)
            if not first:
                a(write_all, fd, b"evil")
            give("later")
            eq(powers("later")[0], 0o2000)
            a.close(fd)
            check(not hot("later"), oct(os.stat("later").st_mode))
            os.unlink("later")
# Likewise to what A has committed, while root sees its own version.
write("later", b"", mode=0o666)
os.chown("later", -1, GROUP)
holder.exit()
holder = Peer()
fd = holder.put("later", b"good", TRUNC)
a(write, "later", b"evil")
holder(os.chmod, "later", 0o2644)
holder(acl, "later")
check(not hot("later"), oct(os.stat(BACKING / "later").st_mode))
holder.close(fd)
eq((read("later"), powers("later")[0]), (b"good", 0o2000))


def as_a(fd):
    """As `su A -c command > file` of root's."""
    pid = os.fork()
    if pid == 0:
        be(A)
        os.write(fd, b"evil")
        os._exit(0)
    eq(os.waitpid(pid, 0)[1], 0)


# An open does not say which user writes.
shell = Peer()
for bless in BLESSINGS:
    for way, flags in WAYS.items():
        for when in ("before", "after", "both"):
            what = "%s, handed on, %s, %s" % (bless.__name__, way, when)
            write("handed", b"good", mode=0o755)
            fd = shell.open("handed", flags)
            if when != "after":
                shell(as_a, fd)
            bless("handed")
            blessed("handed", bless, b"good")
            if when != "before":
                shell(as_a, fd)
            shell.close(fd)
            check(b"evil" in read("handed"), what + ": not promoted")
            eq(powers(BACKING / "handed"), (0, False), what)
            os.unlink("handed")
for p in (a, b, second, root, holder, shell):
    p.exit()
