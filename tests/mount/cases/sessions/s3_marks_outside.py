# SPDX-License-Identifier: MIT
# about: S3: a mark outside every session tells all but what a running session owns; several runs that share a mount are a session each
# mount: no
from manifest import *

fifo = TMP / "fifo"
os.mkfifo(fifo)
READY, GO = TMP / "ready", TMP / "go"

with mounted():
    os.chdir(MNT)
    write("before", b"1")
    p = subprocess.Popen([IDEMFS, "session", "--name", "other", "--", "sh",
                          "-c", "echo 1 > theirs; touch %s; read line < %s; "
                          "echo 2 > late" % (READY, fifo)])
    wait_until(READY.exists, "the session has written")
    write("mine", b"2")
    write(".checkpoints/by-time", b"")
    m = Manifest("by-time")
    eq(m.head["scope"], "time")
    eq(m.paths("file"), ["before", "mine"])
    write(fifo, b"go\n", os.O_WRONLY)
    eq(p.wait(PATIENCE), 0)
    write(".checkpoints/rest", b"")
    eq(Manifest("rest").paths("file"), ["late", "theirs"], "what it left")

# Each run writes, waits for the other, and makes its mark.
tree = TMP / "tree"
os.mkdir(tree)
for f in ("a", "b"):
    os.mkfifo(TMP / f)
RUN = "echo 1 > $0.1; touch .checkpoints/$0.first; echo x > %s/$1; " \
    "read line < %s/$0; echo 2 > $0.2; touch .checkpoints/$0.second" % (
        TMP, TMP)
ends = [os.open(TMP / f, os.O_RDWR) for f in ("a", "b")]
runs = [subprocess.Popen([IDEMFS, "run", tree, "--", "sh", "-c", RUN, *w])
        for w in (("a", "b"), ("b", "a"))]
eq([p.wait(PATIENCE) for p in runs], [0, 0])
for n in ("a", "b"):
    for mark, path in (("first", "1"), ("second", "2")):
        m = Manifest(None, tree / ".idemfs/marks" / (n + "." + mark))
        eq(m.paths("file"), ["%s.%s" % (n, path)])
        eq(m.head["scope"], "session run")

# A single run: all since the mark before, as its marks have always told.
idemfs("run", "--run-id", "r", tree, "--", "sh", "-c", """
    echo 1 > one; mkdir d; touch .checkpoints/one
    rm one; (setsid sh -c 'echo 2 > two' &)
    until [ -e two ]; do :; done
    touch .checkpoints/two""")
m = Manifest(None, tree / ".idemfs/marks/r/one")
eq((m.paths("file"), m.paths("node")), (["one"], ["d"]))
eq(m.head["scope"], "session r")
m = Manifest(None, tree / ".idemfs/marks/r/two")
eq((m.paths("file"), m.paths("gone")), (["two"], ["one"]))
