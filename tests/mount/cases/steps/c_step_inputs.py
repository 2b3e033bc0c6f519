# SPDX-License-Identifier: MIT
# about: C4: a changed --input, or with --command a changed command line, makes a step's mark not hold
import re

from mounttest import *

CP = Path(".checkpoints")
LOG = TMP / "ran"
OUTSIDE = TMP / "odd \n name"
RUN = ["sh", "-c", "printf x >> %s" % LOG]


def step(*argv, status=0):
    got = subprocess.run([IDEMFS, "step", *map(str, argv)],
                         stderr=subprocess.PIPE, check=False)
    eq(got.returncode, status, "status; " + got.stderr.decode())
    n = len(read(LOG)) if LOG.exists() else 0
    LOG.unlink(missing_ok=True)
    return n, got.stderr.decode()


def runs(n, *argv, why=None):
    got, said = step(*argv)
    eq(got, n, said)
    check(not why or why in said, said)


write("in", b"one")
write(OUTSIDE, b"two")
S = ["s.done", "--input", "in", "-i", OUTSIDE, *RUN]
runs(1, *S)
text = read(CP / "s.done").decode()
check(re.search(r"^# input \d+ 3 \d+\.\d{9} \d+\n[0-9a-f]{32}  in$", text,
                re.M), text)
check(re.search(r"^\\[0-9a-f]{32}  /.*odd \\n name$", text, re.M), text)
runs(0, *S)
write("in", b"ONE")
runs(1, *S, why="an input has changed")
runs(0, *S)
write(OUTSIDE, b"longer")
runs(1, *S, why="an input has changed")
os.utime(OUTSIDE)
write("in", b"ONE")
runs(0, *S)
os.utime("in", ns=(5, 5))
runs(0, *S)
runs(0, "s.done", *RUN)
write("new", b"")
runs(1, "s.done", "-i", "new", *RUN, why="an input is new")
runs(1, *S)
eq(step("s.done", "-i", "none", *RUN, status=125)[0], 0, "no such input")
eq(step("s.done", "-i", ".", *RUN, status=125)[0], 0, "a directory")
runs(0, *S)
os.unlink("new")
os.rename("in", "moved")
runs(1, "s.done", *RUN, why="an input has changed")
runs(0, "s.done", *RUN)

# A step that fails leaves no mark that stood for something else.
write("in", b"1")
runs(1, *S)
write("in", b"2")
eq(step("s.done", "-i", "in", "false", status=1)[0], 0)
absent(CP / "s.done")

runs(1, "c.done", "--command", *RUN)
runs(0, "c.done", "--command", *RUN)
runs(0, "c.done", *RUN, "more")
runs(1, "c.done", "--command", *RUN, "more", why="the command has changed")
runs(1, "c.done", "-c", *RUN, "mo", "re", why="the command has changed")
runs(0, "c.done", "-c", *RUN, "mo", "re")
write(CP / "c.done", b"")
runs(1, "c.done", "-c", *RUN, why="the command has changed")

# Something written into the mark hides no manifest from its owner.
with open(CP / "c.done", "a") as f:
    f.write("note")
runs(1, "c.done", "-c", *RUN, why="the command has changed")
