# SPDX-License-Identifier: MIT
# about: L3, L4: a step that learns is killed, with all that it runs: what it has made is kept by the next run, which cannot know what that was made from, and so is done again until all is made anew
# needs: make
import signal

from learn import *

write("Makefile", b"""all: a.out b.out
a.out: a.in
	cat a.in extra > a.out
b.out: b.in
	test ! -e wait || cat wait
	cat b.in > b.out
""")
for name in ("a.in", "b.in", "extra"):
    write(name, b"1")
MAKE = ("make", "-s")
s = Steps()
os.mkfifo("wait")


def killed():
    p = subprocess.Popen([IDEMFS, "step", "--learn", "m.done", "--", *MAKE],
                         stdin=subprocess.DEVNULL, start_new_session=True)
    fd = os.open("wait", os.O_WRONLY)   # a.out is made
    os.killpg(p.pid, signal.SIGKILL)
    eq(p.wait(), -signal.SIGKILL)
    os.close(fd)


def unsure():
    check("it read more than can be learned" in s.why("m.done", *MAKE),
          s.why("m.done", *MAKE))


# The first run.
killed()
absent(CP / "m.done")
os.rename("wait", "waits")
s.runs("m.done", *MAKE)
unsure()
write("extra", b"2")
check("run again" in s.step("m.done", *MAKE), "it is run again")
unsure()
write("a.in", b"of")
write("b.in", b"others")
os.unlink("a.out")
os.unlink("b.out")
s.step("m.done", *MAKE)
s.skips("m.done", *MAKE)

# A later one.
os.rename("waits", "wait")
write("a.in", b"2")
write("b.in", b"2")
killed()
os.rename("wait", "waits")
s.runs("m.done", *MAKE)
unsure()
s.step("m.done", *MAKE)
unsure()
write("a.in", b"and")
write("b.in", b"so on")
os.unlink("a.out")
os.unlink("b.out")
s.step("m.done", *MAKE)
s.skips("m.done", *MAKE)
write("extra", b"3")
s.runs("m.done", *MAKE, why="extra changed")
s.step("m.done", *MAKE)
s.skips("m.done", *MAKE)

# Without outputs, or where these are wanted as they are: the mark is removed.
os.rename("waits", "wait")
write("b.in", b"3")
killed()
os.rename("wait", "waits")
s.runs("m.done", *MAKE)
unsure()
os.unlink(CP / "m.done")
s.runs("m.done", *MAKE)
s.skips("m.done", *MAKE)
