# SPDX-License-Identifier: MIT
# about: C2: files of holes, however big and many, keep no mark waiting; small ones have a digest
from manifest import *


def make(path, size):
    fd = os.open(path, TRUNC)
    os.ftruncate(fd, size)
    os.close(fd)


def mark(name):
    Path(".checkpoints", name).touch()
    return Manifest(name)


make("small", 100 << 20)
with open("small", "r+b") as f:
    f.seek(50 << 20)
    f.write(b"in the middle")
eq(mark("small.done").of["small"].kind, "file")
eq(checked("small.done")["small"], "OK")

make("huge", 8 << 40)
m = mark("huge.done")
eq(m.of["huge"].kind, "unread")
eq(m.of["huge"].size, 8 << 40)

# One that was made many times is read once more, if need be.
for i in range(2):
    make("anew", 33 << 30)
eq(mark("anew.done").of["anew"].kind, "file")
os.unlink("anew")

# Each is small enough, but not all together.
for i in range(4):
    make("many%d" % i, 33 << 30)
m = mark("many.done")
check(len(m.paths("unread")) >= 2, m.paths("unread"))
for i in range(4):
    os.unlink("many%d" % i)
make("again", 1 << 30)
eq(mark("again.done").of["again"].kind, "file")

idemfs("verify", "--full", BACKING, "again.done")
os.truncate("huge", 1)
os.unlink("huge")
eq(mark("gone.done").paths("unread"), [])
