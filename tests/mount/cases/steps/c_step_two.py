# SPDX-License-Identifier: MIT
# about: C2, C6: of two steps of one name the second waits, then skips; other names do not wait; a killed one lets the next go on
from mounttest import *

CP = Path(".checkpoints")
fifo = TMP / "fifo"
ran = TMP / "ran"
os.mkfifo(fifo)
WORK = ["sh", "-c", "echo x >> %s; read line < %s" % (ran, fifo)]


def step(name, *argv):
    return subprocess.Popen([IDEMFS, "step", name, *argv],
                            stderr=subprocess.PIPE)


def count():
    return len(read(ran).split()) if ran.exists() else 0


def go():
    """Lets one command that reads from the fifo end."""
    write(fifo, b"go\n", os.O_WRONLY)


first = step("a.done", *WORK)
wait_until(lambda: count() == 1, "the first has begun")
others = [step("a.done", *WORK) for _ in range(8)]
for p in others:
    check(b"waiting" in p.stderr.readline(), "it says that it waits")
other = step("b.done", "true")
eq(other.wait(PATIENCE), 0, "another name does not wait")
absent(CP / "a.done")
go()
eq(first.wait(PATIENCE), 0)
for p in others:
    eq(p.wait(PATIENCE), 0)
    check(b"skipped" in p.stderr.read(), "it skips then")
eq(count(), 1, "runs")

# Killed: its command is told to end, and the next one runs.
first = step("k.done", *WORK)
wait_until(lambda: count() == 2, "the first has begun")
second = step("k.done", *WORK)
check(b"waiting" in second.stderr.readline(), "it waits")
first.kill()
first.wait()
wait_until(lambda: count() == 3, "the second runs")
go()
eq(second.wait(PATIENCE), 0)
check((CP / "k.done").exists(), "its mark")

# The first fails: the second runs.
first = step("f.done", "sh", "-c", "echo x >> %s; read line < %s; exit 9" %
             (ran, fifo))
wait_until(lambda: count() == 4, "the first has begun")
second = step("f.done", "sh", "-c", "echo x >> %s" % ran)
check(b"waiting" in second.stderr.readline(), "it waits")
go()
eq(first.wait(PATIENCE), 9)
eq(second.wait(PATIENCE), 0)
eq(count(), 5)
