# SPDX-License-Identifier: MIT
# about: L2: what a step makes or changes itself is no input: a formatter in place, a temp, a directory that it lists and writes to; it settles after one run
from learn import *

s = Steps()

# A formatter.
write("code.c", b"int  x;\n")
FORMAT = ("sh", "-c", "tr -s ' ' < code.c > t && cat t > code.c && rm t")
s.runs("format.done", *FORMAT)
eq(read("code.c"), b"int x;\n")
check("code.c" in Manifest("format.done").paths("self-modified"),
      Manifest("format.done").records)
s.skips("format.done", *FORMAT)

# An append.
write("all.csv", b"1\n")
write("new.csv", b"2\n")
APPEND = ("sh", "-c", "cat new.csv >> all.csv")
s.runs("append.done", *APPEND)
s.skips("append.done", *APPEND)
eq(read("all.csv"), b"1\n2\n")

# A directory that it lists, and makes files in.
os.mkdir("out")
write("out/other", b"")
LIST = ("sh", "-c", "ls out > names; echo 1 > out/one; mkdir -p out/sub; "
        "ls out >> names; echo 2 > out/two; cat out/one > three")
s.runs("list.done", *LIST)
s.skips("list.done", *LIST)
write("out/four", b"")
s.runs("list.done", *LIST, why="out/ has a new file four")
s.skips("list.done", *LIST)
check("out/one" not in Manifest("list.done").paths("learned"),
      "it has written it itself")

# Its own scratch directory, listed, read and removed.
SCRATCH = ("sh", "-c", "mkdir s; echo 1 > s/a; cat s/* > res; rm -r s; "
           "[ ! -e s ]; ls . > /dev/null")
s.runs("scratch.done", *SCRATCH)
s.skips("scratch.done", *SCRATCH)

# A stat is no reading.
write("seen", b"1")
STAT = ("sh", "-c", "[ -s seen ] && echo > stat")
s.runs("stat.done", *STAT)
write("seen", b"22")
s.skips("stat.done", *STAT)
