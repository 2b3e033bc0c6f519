# SPDX-License-Identifier: MIT
# about: L3: the same command in another directory reads other files, and is run
from learn import *

for d in ("a", "b"):
    os.mkdir(d)
    write(d + "/in", d.encode())
DO = ("sh", "-c", "cat in > out")
Steps(cwd="a").runs("x.done", *DO)
Steps(cwd="a").skips("x.done", *DO)
Steps(cwd="b").runs("x.done", *DO,
                    why="the command, or where it is run, has changed")
eq(read("b/out"), b"b")
Steps(cwd="b").skips("x.done", *DO)
write("b/in", b"B")
Steps(cwd="b").runs("x.done", *DO, why="b/in changed")
