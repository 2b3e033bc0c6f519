# SPDX-License-Identifier: MIT
# about: L1, L3: what a step inside a step reads, or has as its inputs when it is skipped, are inputs of the outer one, too
from learn import *

s = Steps()
write("in", b"1")
INNER = "\"%s\" step --learn inner.done -- sh -c 'cat in > out'" % IDEMFS
OUTER = ("sh", "-c", INNER + "; cat out > all")
s.runs("outer.done", *OUTER)
s.skips("outer.done", *OUTER)
write("in", b"2")
s.runs("outer.done", *OUTER, why="in changed")
eq(read("all"), b"2")

# Now the inner one is skipped, and its inputs are still the outer one's.
os.unlink(CP / "outer.done")
said = s.step("outer.done", *OUTER)
check("inner.done: done at" in said, said)
s.skips("outer.done", *OUTER)
write("in", b"3")
s.runs("outer.done", *OUTER, why="in changed")
eq(read("all"), b"3")
