# SPDX-License-Identifier: MIT
# about: L2, L3: what others have made is an input although the step has linked, touched or renamed it before it read it, and is one again when the step has taken it away and it comes back
from learn import *

s = Steps()


def redone(name, script, change, why):
    """Held until @change."""
    argv = ("sh", "-c", script)
    s.runs(name, *argv)
    s.skips(name, *argv)
    change()
    check(why in s.why(name, *argv), s.why(name, *argv))


def again(path):
    return lambda: write(path, b"22")


# It has a new name or a new time, and the content is still that of others.
for n in "touched", "linked", "copied", "named", "moved":
    write(n, b"1")
redone("touched.done", "touch touched; cat touched > o", again("touched"),
       "touched changed")
redone("linked.done", "ln linked l; cat linked > o", again("linked"),
       "linked changed")
redone("copied.done", "ln copied c", again("copied"), "copied changed")
redone("named.done", "mv named n; cat n > o; mv n named", again("named"),
       "named changed")
redone("moved.done", "[ ! -e moved ] || mv moved m", again("moved"),
       "moved is new")

# It has been read, and is gone.
write("read", b"1")
redone("read.done", "[ ! -e read ] || { cat read > o; rm read; }",
       again("read"), "read is new")
redone("once.done", "[ ! -e once ] || cat once; echo > once; rm once",
       again("once"), "once is new")
for d in "all", "queue":
    os.mkdir(d)
    write(d + "/a", b"1")


def back(d):
    os.mkdir(d)
    write(d + "/b", b"1")


redone("all.done", "[ ! -e all ] || { cat all/* > o; mv all all.old; }",
       lambda: back("all"), "all is new")
redone("queue.done", "[ ! -e queue ] || mv queue queue.old",
       lambda: back("queue"), "queue is new")

# Files of a directory that are read under another name of it.
os.mkdir("d")
write("d/f", b"1")
ASIDE = ("sh", "-c", "mv d e; cat e/f > o; mv e d")
s.runs("aside.done", *ASIDE)
s.runs("aside.done", *ASIDE,
       why="d changed while the step ran")

# A link that is away for a while.
os.symlink("d", "link")
redone("link.done", "mv link l2; ls l2; mv l2 link",
       lambda: (os.unlink("link"), os.symlink("d2", "link")),
       "link leads elsewhere")

# It is the step's own: what has replaced a directory that was there.
SWAP = ("sh", "-c", "mkdir new; echo 1 > new/f; [ ! -e cur ] || mv cur old; "
        "mv new cur; cat cur/f > o; rm -rf old")
s.runs("swap.done", *SWAP)
s.skips("swap.done", *SWAP)
os.unlink(CP / "swap.done")
s.runs("swap.done", *SWAP)
s.skips("swap.done", *SWAP)
