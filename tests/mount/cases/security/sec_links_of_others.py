# SPDX-License-Identifier: MIT
# about: F7: a user who may write to a file of another makes no more files that belong to that other, by links or otherwise
# needs: root
# options: --allow-other --passthrough off
# options: --allow-other --durability close
# options: --allow-other
from mounttest import *
from users import *

GROUP = 5555
FLAGS = (TRUNC, APPEND, os.O_WRONLY, os.O_RDWR)
let_all_in()
os.mkdir("a", 0o777)
os.mkdir("sticky")
os.chmod("sticky", 0o1777)


def owner(path):
    st = os.lstat(path)
    eq((st.st_uid, st.st_gid), tuple(reversed(
        (os.lstat(BACKING / path).st_gid, os.lstat(BACKING / path).st_uid))))
    return st.st_uid


def of_b(count):
    """How many files there are that belong to B."""
    found = {(st.st_dev, st.st_ino) for folder, _, files in os.walk(".")
             for st in (os.lstat(os.path.join(folder, f)) for f in files)
             if st.st_uid == B}
    eq(len(found), count, "files of B's")


a, b, second = Peer(), Peer(), Peer()
a(be, A)
b(be, B)
second(be, A)
b(write, "f", b"of b")
of_b(1)

# A link, and it is overwritten: that is A's, as with a temp and mv by hand.
for i, flags in enumerate(FLAGS):
    x = "a/x%d" % i
    a(os.link, "f", x)
    a(write, x, b"by a", flags)
    check(b"by a" in read(x), "not written")
    eq((owner(x), oct(os.stat(x).st_mode)), (A, "0o100666"))
    eq((owner("f"), read("f"), os.stat("f").st_nlink), (B, b"of b", 1))
    of_b(1)
a(os.link, "f", "a/cut")
a(os.truncate, "a/cut", 1)
eq((owner("a/cut"), read("a/cut"), read("f")), (A, b"o", b"of b"))
of_b(1)

# The link comes while A writes.
for i, flags in enumerate(FLAGS):
    fd = a.put("f", b"by a", flags)
    second(os.link, "f", "a/y%d" % i)
    a.close(fd)
    eq((owner("f"), owner("a/y%d" % i)), (A, B))
    of_b(1)
    a(os.unlink, "f")
    os.rename("a/y%d" % i, "f")
    eq(owner("f"), B)

# A link to what A writes is no other file.
fd = a.put("f", b"by a", TRUNC)
a(os.link, "f", "a/same")
a.close(fd)
eq((owner("f"), os.stat("f").st_ino), (B, os.stat("a/same").st_ino))
of_b(1)
os.unlink("a/same")

# Below the mount something else has taken its place.
fd = a.put("f", b"by a", TRUNC)
os.rename(BACKING / "f", BACKING / "a/z")
write(BACKING / "f", b"other")
os.chown(BACKING / "f", A, A)
a.close(fd)
eq((owner("f"), read(BACKING / "f"), owner("a/z")), (A, b"by a", B))
of_b(1)
os.rename(BACKING / "a/z", BACKING / "f")

# The only link keeps its owner, whichever user writes (F7).
for flags in FLAGS:
    a(write, "f", b"by a", flags)
    eq(owner("f"), B)
# So does what its owner, or root, overwrites.
for who in (b, Peer()):
    os.link("f", "g")
    who(write, "g", b"anew")
    eq((owner("g"), owner("f")), (B, B))
    os.unlink("g")
of_b(1)

# What is not promoted is the writer's, too.
killed = Peer()
killed(be, A)
killed.put("f", b"partial", TRUNC)
killed.kill()
one_partial("f", b"partial")
eq([os.stat(BACKING / ".idemfs/partial" / f).st_uid for f in
    os.listdir(BACKING / ".idemfs/partial") if f.isdigit()], [A])
idemfs("partial", "restore", "--force", MNT, partials()[0]["id"])
eq((owner("f"), read("f")), (B, b"partial"))
of_b(1)

# A member of its group leaves it to the group.
b(write, "shared", b"of b")
os.chown("shared", B, GROUP)
os.chmod("shared", 0o664)
os.link("shared", "backup")
member = Peer()
member(be, A, GROUP)
member(write, "shared", b"more", APPEND)
st = os.stat("shared")
eq((st.st_uid, st.st_gid, oct(st.st_mode)), (A, GROUP, "0o100664"))
eq(read("shared"), b"of bmore")

# In a sticky directory no name of B's becomes A's.
b(write, "sticky/f", b"of b")
os.link("sticky/f", "sticky/g")
fd = a.put("sticky/f", b"by a", os.O_WRONLY | os.O_TRUNC)
raises(errno.EPERM, a.close, fd)
eq((owner("sticky/f"), read("sticky/f")), (B, b"of b"))
one_partial("sticky/f", b"by a")
# Its maker's next mark says so, and no other user's.
write(".checkpoints/root", b"")
raises(errno.EIO, a, write, ".checkpoints/told", b"")
idemfs("partial", "drop", "--all", MNT)
for p in (a, b, second, member):
    p.exit()
