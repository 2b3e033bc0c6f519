# SPDX-License-Identifier: MIT
# about: F3: no user joins, reads or sizes what another is writing and would not let that user open
# needs: root
# options: --allow-other
from mounttest import *
from users import *

BOTH = 5555
os.chmod(".", 0o777)


def make(path, mode, data=b"secret"):
    """Leaves a new file open, at a name that was never committed."""
    os.umask(0)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
    write_all(fd, data)
    return fd


def tries(path, flags):
    fd = os.open(path, flags, 0o666)
    data = os.pread(fd, 100, 0) if flags & os.O_ACCMODE != os.O_WRONLY else b""
    os.close(fd)
    return data


a, b, friend = Peer(), Peer(), Peer()
a(be, A, BOTH)
b(be, B)
friend(be, B, BOTH)
JOIN = (os.O_RDWR | os.O_CREAT, os.O_WRONLY | os.O_CREAT | os.O_APPEND,
        os.O_RDONLY | os.O_CREAT)

# Private: the name is taken, that is all.
fd = a(make, "private", 0o600)
for flags in JOIN:
    raises(errno.EACCES, b, tries, "private", flags)
    raises(errno.EACCES, friend, tries, "private", flags)
raises(errno.ENOENT, b, os.stat, "private")
raises(errno.ENOENT, b, os.truncate, "private", 0)
raises(errno.EACCES, b, read, ".checkpoints/.inflight/private")
raises(errno.EACCES, b, os.listdir, BACKING / ".idemfs/tmp")
a.close(fd)
eq(read("private"), b"secret")
raises(errno.EACCES, b, read, "private")
raises(errno.EACCES, b, os.open, "private", TRUNC)

# Where a file has come to the name meanwhile, that is what an open joins or
# begins from: the user's own can be updated, and what another makes is out of
# reach.
for mode in (0o600, 0o666):
    fd = a(make, "twice", mode)
    b(write, "twice", b"of b")
    os.chmod("twice", 0o666)
    eq(b(tries, "twice", os.O_RDWR), b"of b")
    first = b.open("twice", os.O_WRONLY | os.O_APPEND)
    b(write_all, first, b" and b")
    second = friend.open("twice", os.O_RDWR | os.O_APPEND)
    friend(write_all, second, b" and b")
    b.close(first)
    friend.close(second)
    eq(read("twice"), b"of b and b and b")
    eq(a(os.pread, fd, 100, 0), b"secret")
    # The last close wins.
    a.close(fd)
    eq((read("twice"), os.stat("twice").st_uid), (b"secret", A))
    a(os.unlink, "twice")

# For the group, which is one of the supplementary groups of a friend.
fd = a(make, "group", 0o660)
a(os.fchown, fd, -1, BOTH)
raises(errno.EACCES, b, tries, "group", os.O_RDWR | os.O_CREAT)
eq(friend(tries, "group", os.O_RDWR | os.O_CREAT), b"secret")
a.close(fd)

# For all, but only to add to.
fd = a(make, "log", 0o622)
raises(errno.EACCES, b, tries, "log", os.O_RDWR | os.O_CREAT)
b(tries, "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
a.close(fd)

# Made stricter while it is written: a descriptor of the old file is no way in.
write("update", b"old")
os.chmod("update", 0o666)
old = b.open("update", os.O_RDONLY)
os.chown("update", A, A)
fd = a.put("update", b"new secret")
a(os.fchmod, fd, 0o600)
raises(errno.EACCES, b, os.open, "/proc/self/fd/%d" % old, os.O_RDWR)
raises(errno.EACCES, b, os.truncate, "/proc/self/fd/%d" % old, 1)
a.close(fd)
eq(read("update"), b"new secret")
for p in (a, b, friend):
    p.exit()
