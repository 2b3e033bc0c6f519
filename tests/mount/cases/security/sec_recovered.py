# SPDX-License-Identifier: MIT
# about: D10: a mount puts in place, and keeps, after a crash only what a close could have put there, as whose it would have been
# needs: root
# mount: no
# log: errors
# quarantine: some
import shutil

from mounttest import *
from users import *

NO_NOTES = os.O_WRONLY | os.O_TRUNC


def be_usual(uid):
    be(uid)
    os.umask(0o022)


def user(uid):
    p = Peer()
    p(be_usual, uid)
    p(os.chdir, MNT)
    return p


def half_closed(path, flags=TRUNC):
    """Of a user: closed, as level close sees it, and open all the same."""
    fd = os.open(path, flags, 0o666)
    os.write(fd, b"of A")
    os.close(os.dup(fd))


def written(path):
    os.write(os.open(path, NO_NOTES), b"of A")


def crashed(before, level, at_end=None, meanwhile=None):
    """A tree in which user A did what @before says when the daemon was killed."""
    tree = TMP / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    tree.chmod(0o1777)
    options = ["--allow-other", "--durability", level]
    idemfs("mount", *options, tree, MNT)
    os.chdir(MNT)
    a, b, other = user(A), user(B), user(A)
    before(a, b)
    daemon = daemon_pid()
    if at_end:
        at_end(a, b, other)
    os.kill(daemon, signal.SIGKILL)
    a.kill()
    b.kill()
    other.kill()
    os.chdir(TMP)
    run("umount", "-l", MNT)
    if meanwhile:
        meanwhile(tree)
    idemfs("mount", *options, tree, MNT)
    os.chdir(MNT)
    return tree


def ended():
    os.chdir(TMP)
    idemfs("umount", MNT)


def owner(path):
    return os.stat(path).st_uid


def restored(tree, number):
    return subprocess.run([IDEMFS, "partial", "restore", "--force", MNT,
                           str(number)], check=False,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT).returncode


# What stands where it was stays promoted.
def plain(a, b):
    os.mkdir("own")
    os.chown("own", A, A)
    a(write, "own/old", b"old")


def plain_end(a, b, other):
    a(half_closed, "own/old", NO_NOTES)
    other(half_closed, "own/new", EXCL)


tree = crashed(plain, "close", plain_end)
for name in ("own/old", "own/new"):
    eq(read(name), b"of A")
    eq(owner(name), A)
eq(partials(tree), [])
ended()


# A link to a file of B that all may write: one file more, which is A's.
def link(a, b):
    os.mkdir("w")
    os.chmod("w", 0o777)
    b(write, "w/pub", b"of B")
    b(os.chmod, "w/pub", 0o666)
    os.link("w/pub", "w/link")


def link_end(a, b, other):
    a(half_closed, "w/link", NO_NOTES)


tree = crashed(link, "close", link_end)
eq(read("w/link"), b"of A")
eq(owner("w/link"), A)
eq(read("w/pub"), b"of B")
ended()


# In a sticky directory no user replaces what another has made meanwhile.
def sticky_end(a, b, other):
    a(half_closed, "f", EXCL)


def sticky_meanwhile(tree):
    write(tree / "f", b"of B")
    os.chown(tree / "f", B, B)


tree = crashed(lambda a, b: None, "close", sticky_end, sticky_meanwhile)
eq(read("f"), b"of B")
eq([e["content"] for e in partials(tree)], [b"of A"])
ended()


# A path that leads to another directory than when it was closed.
def moved(a, b):
    a(os.mkdir, "build")
    a(write, "build/out", b"old")


def moved_end(a, b, other):
    a(half_closed, "build/out", NO_NOTES)
    other(os.rename, "build", "old")
    b(os.mkdir, "build")
    b(write, "build/out", b"of B")
    b(read, "build/out")  # it is in place


tree = crashed(moved, "close", moved_end)
eq(read("build/out"), b"of B")
eq(owner("build/out"), B)
eq(read("old/out"), b"old")
eq([e["content"] for e in partials(tree)], [b"of A"])
ended()


# What is kept is its writer's, whatever the file has become meanwhile.
def blessed(a, b):
    os.mkdir("mine")
    os.chown("mine", A, A)
    a(write, "mine/f", b"good")
    a(written, "mine/f")
    os.chown("mine/f", 0, 0)
    os.chmod("mine/f", 0o755)


tree = crashed(blessed, "none")
left = partials(tree)
eq([e["content"] for e in left], [b"of A"])
eq(owner(tree / ".idemfs/partial" / str(left[0]["id"])), A)
eq(restored(tree, left[0]["id"]), 1)
eq(read("mine/f"), b"good")
ended()
