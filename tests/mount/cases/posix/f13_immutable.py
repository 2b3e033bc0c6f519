# SPDX-License-Identifier: MIT
# about: F13: what chattr +i and +a forbid is said by open, and what they allow is written
# native: yes
# needs: root chattr
from mounttest import *

below = MNT if NATIVE else BACKING


@contextlib.contextmanager
def flagged(flag, path):
    run("chattr", "+" + flag, below / path)
    try:
        yield
    finally:
        run("chattr", "-" + flag, below / path)


def make(path, data=b"old\n"):
    (below / path).parent.mkdir(exist_ok=True)
    (below / path).write_bytes(data)


# A file that may not be changed.
make("i")
with flagged("i", "i"):
    for flags in (TRUNC, APPEND, UPDATE, os.O_WRONLY):
        raises(errno.EPERM, os.open, "i", flags)
    raises(errno.EPERM, os.truncate, "i", 1)
    eq(read("i"), b"old\n")

# One that may only grow.
make("a")
with flagged("a", "a"):
    for flags in (TRUNC, UPDATE, os.O_WRONLY, APPEND | os.O_TRUNC):
        raises(errno.EPERM, os.open, "a", flags)
    raises(errno.EPERM, os.truncate, "a", 1)
    ino = os.stat("a").st_ino
    write("a", b"one\n", APPEND)
    write("a", b"two\n", os.O_RDWR | os.O_APPEND)
    sh("echo three >> a")
    eq(read("a"), b"old\none\ntwo\nthree\n")
    eq(os.stat("a").st_ino, ino, "written in place")

# A directory in which no name may be made, but what is there be written.
make("di/f")
make("moved-in")
with flagged("i", "di"):
    for flags in (TRUNC, APPEND, EXCL, os.O_RDONLY | os.O_CREAT):
        raises(errno.EPERM, os.open, "di/new", flags)
    raises(errno.EPERM, os.open, "di", os.O_TMPFILE | os.O_RDWR)
    write("di/f", b"new")
    write("di/f", b"+", APPEND)
    eq(read("di/f"), b"new+")
    os.truncate("di/f", 2)
    eq(read("di/f"), b"ne")
    fd = os.open("from", TRUNC)
    raises(errno.EPERM, os.rename, "from", "di/from")
    raises(errno.EPERM, os.link, "from", "di/from")
    os.close(fd)
    eq(os.listdir("di"), ["f"])

# One in which names may be made, but none replaced.
make("da/f")
with flagged("a", "da"):
    write("da/new", b"new")
    eq(read("da/new"), b"new")
    write("da/f", b"newer")
    write("da/new", b"+", APPEND)
    eq(read("da/f"), b"newer")
    eq(read("da/new"), b"new+")
    fd = os.open("over", TRUNC)
    raises(errno.EPERM, os.rename, "over", "da/f")
    os.rename("over", "da/over")
    os.close(fd)
    raises(errno.EPERM, os.rename, "da/over", "back")
    eq(sorted(os.listdir("da")), ["f", "new", "over"])

if not NATIVE:
    no_partial()
    Path(".checkpoints/all.done").touch()
