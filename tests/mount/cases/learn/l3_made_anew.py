# SPDX-License-Identifier: MIT
# about: L3: what an earlier run has read counts no more, once a run has made all outputs anew, or the mark was removed
from learn import *

s = Steps()
CMD = ("sh", "-c", "cat $(cat which) > out; cat other > out2")
write("a", b"1")
write("b", b"1")
write("other", b"1")
write("which", b"a")
s.runs("x.done", *CMD)
write("which", b"b")
s.runs("x.done", *CMD, why="which changed")
s.skips("x.done", *CMD)
write("a", b"2")
s.skips("x.done", *CMD)
write("b", b"2")
s.runs("x.done", *CMD, why="b changed")

# Kept outputs, and one that is removed by hand with its mark.
KEEPS = ("sh", "-c", "test -e out3 || cat a > out3; cat b > out4")
s.runs("k.done", *KEEPS)
write("b", b"3")
s.runs("k.done", *KEEPS, why="b changed")
write("a", b"3")
s.runs("k.done", *KEEPS, why="a changed")
# What changed a moment before a run that does not read it costs one more.
s.step("k.done", *KEEPS)
s.skips("k.done", *KEEPS)
os.unlink(CP / "k.done")
s.runs("k.done", *KEEPS)
write("a", b"4")
s.skips("k.done", *KEEPS)
os.unlink("out3")
os.unlink(CP / "k.done")
s.runs("k.done", *KEEPS)
write("a", b"5")
s.runs("k.done", *KEEPS, why="a changed")

# An input of what was kept that changes while the step runs, by its own work
# or another's.
os.mkfifo(TMP / "go")
LATE = ("sh", "-c", "test -e o5 || cat a > o5; cat b > o6; "
        "test ! -e wait || cat %s" % (TMP / "go"))
s.runs("l.done", *LATE)
write("wait", b"")
p = subprocess.Popen([IDEMFS, "step", "--learn", "l.done", "--", *LATE],
                     stdin=subprocess.DEVNULL)
fd = os.open(TMP / "go", os.O_WRONLY)   # it reads there now
write("a", b"6")
os.close(fd)
eq(p.wait(), 0)
check("a changed, so" in s.why("l.done", *LATE), s.why("l.done", *LATE))
os.unlink("wait")
s.step("l.done", *LATE)
s.step("l.done", *LATE)
s.skips("l.done", *LATE)
write("a", b"7")
s.runs("l.done", *LATE, why="a changed")
