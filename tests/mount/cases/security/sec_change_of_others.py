# SPDX-License-Identifier: MIT
# about: F7: chmod, chown, utime and setxattr of a user's own file reach nothing that another user has pending at its name
# needs: root
# options: --allow-other
from mounttest import *
from users import *

let_all_in()
os.mkdir("tmp")
os.chmod("tmp", 0o1777)


def change(file):
    """All that an owner may."""
    os.utime(file, (1, 1))
    os.setxattr(file, "user.by", b"a")
    os.chmod(file, 0o4777)


def is_changed(st, mode=0o4777):
    eq((st.st_mtime, oct(st.st_mode & 0o7777)), (1, oct(mode)))


def is_private(who, fd):
    st = who(os.fstat, fd)
    eq((oct(st.st_mode), st.st_uid), ("0o100600", B if who is b else 0))
    check(st.st_mtime != 1, "times")
    eq(who(os.listxattr, fd), [])


a, b, root = Peer(), Peer(), Peer()
a(be, A)
b(be, B)

for who in (b, root):
    fd = who.open("new", EXCL, 0o600)
    who(write_all, fd, b"secret")
    # Committed first, by another user: only that file is changed.
    a(write, "new", b"of a")
    a(change, "new")
    is_changed(os.stat("new"))
    is_private(who, fd)
    is_changed(os.stat("new"))
    raises(errno.EACCES, a, read, ".checkpoints/.inflight/new")
    # Nor does a descriptor of what was there before.
    old = a.open("new", os.O_RDONLY)
    a(os.unlink, "new")
    a(change, old)
    is_changed(a(os.fstat, old))
    is_private(who, fd)
    a.close(old)
    who.close(fd)

# In a sticky directory: it was there, and has gone.
a(write, "tmp/x", b"of a")
old = a.open("tmp/x", os.O_RDONLY)
a(os.unlink, "tmp/x")
fd = b.open("tmp/x", EXCL, 0o600)
a(change, old)
is_changed(a(os.fstat, old))
is_private(b, fd)
b.close(fd)
eq((os.stat("tmp/x").st_uid, oct(os.stat("tmp/x").st_mode)), (B, "0o100600"))

# What is renamed to the name is no way either.
fd = b.open("moved", EXCL, 0o600)
a(write, "f", b"of a")
a(os.rename, "f", "moved")
a(change, "moved")
is_private(b, fd)
b(os.unlink, "moved")
b.close(fd)

# His own, which another process of his writes, is changed along (F7); but for
# set-id bits: the process that sets them does not see those bytes.
a(write, "own", b"old")
second = Peer()
second(be, A)
fd = second.put("own", b"new", os.O_WRONLY | os.O_TRUNC)
a(change, "own")
is_changed(second(os.fstat, fd), 0o777)
eq(second(os.getxattr, fd, "user.by"), b"a")
# Of that root gives both away.
os.chown("own", B, B)
eq((os.stat("own").st_uid, second(os.fstat, fd).st_uid), (B, B))
second.close(fd)
eq((read("own"), os.stat("own").st_uid), (b"new", B))
for p in (a, b, root, second):
    p.exit()
