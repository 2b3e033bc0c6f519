# SPDX-License-Identifier: MIT
# about: F6: in a sticky directory no user replaces what another has made, however late the close comes
# needs: root
# options: --allow-other
# quarantine: some
# log: errors
from mounttest import *
from users import *

OWNER = 5555
os.mkdir("tmp")
os.chmod("tmp", 0o1777)
os.chown("tmp", OWNER, OWNER)


def exchange(old, new):
    renameat2(old, new, EXCHANGE)


a, b, owner = Peer(), Peer(), Peer()
a(be, A)
b(be, B)
owner(be, OWNER)

# The first to make a name has it.
fd = a.put("tmp/f", b"of a")
for flags in (TRUNC, UPDATE | os.O_CREAT, APPEND):
    raises(errno.EACCES, b, os.open, "tmp/f", flags, 0o600)
raises(errno.EEXIST, b, os.mkdir, "tmp/f")
raises(errno.EEXIST, b, os.open, "tmp/f", EXCL)
# Nor does another file come to it, or lead it away, or take it along.
os.mkdir("own")
os.chown("own", B, B)
b.close(b.put("tmp/b", b"of b"))
b.close(b.put("own/b", b"of b"))
late = b.put("tmp/late", b"of b", EXCL)
for old in ("tmp/b", "own/b", "tmp/late"):
    raises(errno.EPERM, b, os.rename, old, "tmp/f")
    raises(errno.EEXIST, b, os.link, old, "tmp/f")
b.close(late)
write(BACKING / "tmp/f", b"of b, behind the mount")
os.chown(BACKING / "tmp/f", B, B)
raises(errno.EPERM, b, os.rename, "tmp/f", "own/f")
raises(errno.EPERM, b, exchange, "tmp/f", "own/b")
raises(errno.EPERM, b, exchange, "own/b", "tmp/f")
raises(errno.EPERM, b, os.unlink, "tmp/f")
os.unlink(BACKING / "tmp/f")
a.close(fd)
eq(read("tmp/f"), b"of a")
eq(read("own/b"), b"of b")
# The directory's owner may, as for a removal; and so may the file's maker.
for p in (owner, a):
    fd = a.put("tmp/mine", b"pending", EXCL)
    p.close(p.put("tmp/new", b"new"))
    p(os.rename, "tmp/new", "tmp/mine")
    eq(read("tmp/mine"), b"new")
    os.unlink("tmp/mine")
    a.close(fd)
    absent("tmp/mine")

# What is there by other ways at the close stays; close says so.
fd = a.put("tmp/g", b"late", EXCL)
write(BACKING / "tmp/g", b"of b", mode=0o600)
os.chown(BACKING / "tmp/g", B, B)
raises(errno.EPERM, a, os.close, fd)
wait_until(partials, "partial")
eq(read("tmp/g"), b"of b")
eq(partials()[0]["content"], b"late")
# The directory's owner, root, and the file's own user may.
for p in (owner, b):
    write("tmp/h", b"old")
    os.chown("tmp/h", B, B)
    os.chmod("tmp/h", 0o600)
    if p is b:
        # Without O_CREAT, which fs.protected_regular denies even root here.
        write("tmp/h", b"mine", os.O_WRONLY | os.O_TRUNC)
        p.close(p.put("tmp/h", b"new"))
        eq(read("tmp/h"), b"new")
    else:
        p(os.unlink, "tmp/h")
        p.close(p.put("tmp/h", b"new"))
        eq(read("tmp/h"), b"new")
    os.unlink("tmp/h")
# A user who may write another's file may overwrite it, and its owner stays.
write("tmp/w", b"old")
os.chown("tmp/w", B, B)
os.chmod("tmp/w", 0o666)
a.close(a.put("tmp/w", b"by a", os.O_WRONLY | os.O_TRUNC))
eq(read("tmp/w"), b"by a")
eq(os.stat("tmp/w").st_uid, B)
raises(errno.EPERM, a, os.unlink, "tmp/w")
raises(errno.EPERM, a, os.rename, "tmp/w", "tmp/x")
# What could not be promoted, the next mark of its user tells, and no other.
os.close(os.open(".checkpoints/root", TRUNC))
os.chmod(".", 0o777)
raises(errno.EIO, a, os.open, ".checkpoints/first", TRUNC)
a.close(a.open(".checkpoints/second", TRUNC))
for p in (a, b, owner):
    p.exit()
