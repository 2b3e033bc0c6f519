# SPDX-License-Identifier: MIT
# about: L3, S1: a step that learns and fails, or is killed, leaves no mark
from learn import *

s = Steps()
write("in", b"1")
FAIL = ("sh", "-c", "cat in > out; exit 3")
s.step("a.done", *FAIL, status=3)
absent(CP / "a.done")
s.runs("a.done", "sh", "-c", "cat in > out")
s.skips("a.done", "sh", "-c", "cat in > out")
s.step("a.done", *FAIL, status=3)
absent(CP / "a.done")
s.step("a.done", "sh", "-c", "cat in > out; kill -9 $$", status=128 + 9)
absent(CP / "a.done")

# What another step has read is not this one's.
write("other", b"")
s.runs("b.done", "sh", "-c", "cat other > b")
s.runs("a.done", "sh", "-c", "cat in > out")
write("in", b"2")
s.skips("b.done", "sh", "-c", "cat other > b")
write("other", b"2")
s.runs("a.done", "sh", "-c", "cat in > out", why="in changed")
s.skips("a.done", "sh", "-c", "cat in > out")
