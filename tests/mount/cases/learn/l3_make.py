# SPDX-License-Identifier: MIT
# about: L3: make reads only what is out of date: the step is redone also when an input of what was kept changes, after a run that went well or failed
# needs: gcc make
# timeout: 300
from learn import *

MAKE = ("make", "-s", "-C", "p")
s = Steps()


def tree():
    os.makedirs("p", exist_ok=True)
    for x in "abc":
        write("p/%s.h" % x, b"#define %c 1\n" % ord(x.upper()))
        write("p/%s.c" % x,
              b"#include \"%s.h\"\nint %s(void) { return %c; }\n" %
              (x.encode(), x.encode(), ord(x.upper())))
    write("p/Makefile", b"""all: a.o b.o c.o
%.o: %.c
	gcc -MMD -c $< -o $@
-include *.d
""")


n = 1


def change(path):
    global n
    n += 1
    write(path, read(path) + b"/* %d */\n" % n)


def settles(name="m.done"):
    s.skips(name, *MAKE)
    eq(s.why(name, *MAKE), "")


def notices(*paths, name="m.done"):
    for p in paths:
        change(p)
        s.runs(name, *MAKE, why=p + " changed")
        settles(name)


tree()
s.runs("m.done", *MAKE)
settles()
# Each of them, again and again: each run makes one output and keeps the others.
notices("p/a.h", "p/b.h", "p/c.h", "p/a.c", "p/a.h", "p/b.h", "p/c.h", "p/b.c")
# The mark vouches for what was kept.
for x in "abc":
    check("p/%s.o" % x in Manifest("m.done").of, "told")
os.unlink(BACKING / "p/c.o")
wait_until(lambda: "missing" in s.why("m.done", *MAKE), "it is stale")
s.runs("m.done", *MAKE, why="missing p/c.o")
settles()
notices("p/a.h", "p/c.h")

# A failing compile in between, which has made another output and read a header
# that no mark tells of.
write("p/n.h", b"")
write("p/a.c", b"#include \"n.h\"\n" + read("p/a.c"))
write("p/b.c", read("p/b.c") + b"#error\n")
s.step("m.done", *MAKE, status=2)
absent(CP / "m.done")
write("p/b.c", read("p/b.c").replace(b"#error\n", b""))
s.runs("m.done", *MAKE)
settles()
notices("p/n.h", "p/c.h", "p/b.h", "p/n.h", "p/a.h")

# The first run ever fails, half way.
run("rm", "-r", "p")
tree()
write("p/c.c", b"#error\n")
s.step("f.done", *MAKE, status=2)
write("p/c.c", b"#include \"c.h\"\nint c(void) { return C; }\n")
s.runs("f.done", *MAKE)
settles("f.done")
notices("p/a.h", "p/c.h", "p/b.h", "p/a.h", name="f.done")
