# SPDX-License-Identifier: MIT
# about: L4: a step that read what others write in place is done again, and says so
from learn import *

s = Steps()
write("run.log", b"1\n")
f = open("run.log", "ab")     # another process goes on writing it
f.write(b"2\n")
f.flush()
DO = ("sh", "-c", "wc -l < run.log > lines")
s.runs("a.done", *DO)
check("run.log" in Manifest("a.done").paths("unlearned"),
      Manifest("a.done").records)
s.runs("a.done", *DO, why="it read run.log, which others write in place")
f.close()

# Nobody writes it: then it is a file like any other.
s.step("a.done", *DO)
s.skips("a.done", *DO)
with open("run.log", "ab") as f:
    f.write(b"3\n")
s.runs("a.done", *DO, why="run.log changed")
eq(read("lines").strip(), b"3")
