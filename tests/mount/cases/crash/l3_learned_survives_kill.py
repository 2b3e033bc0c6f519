# SPDX-License-Identifier: MIT
# about: L3, F14: what a step that failed has read is known after a remount, and after the daemon is killed between two runs; when it is killed during one, the step is unsure of what it read
# needs: make
# mount: no
# quarantine: some
from learn import *

write(BACKING / "Makefile", b"""all: a.out b.out
a.out: a.in
	cat a.in extra > a.out
b.out: b.in
	test ! -e $(TMP)/go || cat $(TMP)/go
	test ! -e fails
	cat b.in > b.out
""")
for name in ("a.in", "b.in", "extra", "fails"):
    write(BACKING / name, b"1")
MAKE = ("make", "-s", "TMP=%s" % TMP)
s = Steps(cwd=MNT)


def kill_it():
    os.kill(daemon_pid(), signal.SIGKILL)


def is_dead():
    try:
        os.stat(MNT)
    except OSError as e:
        return e.errno == errno.ENOTCONN
    return False


# Fails under one mount; the next one makes the rest.
with mounted():
    s.step("m.done", *MAKE, status=2)
    os.unlink(MNT / "fails")
with mounted():
    s.runs("m.done", *MAKE)
    s.skips("m.done", *MAKE)
    write(MNT / "extra", b"2")
    write(MNT / "fails", b"")
    s.step("m.done", *MAKE)
    # What changed a moment before a run that does not read it costs one more.
    s.step("m.done", *MAKE)
    s.skips("m.done", *MAKE)
    write(MNT / "b.in", b"2")
    s.step("m.done", *MAKE, status=2)
idemfs("mount", BACKING, MNT)
kill_it()
wait_until(is_dead, "a dead mount")
with mounted():
    os.unlink(MNT / "fails")
    s.runs("m.done", *MAKE)
    s.skips("m.done", *MAKE)
    write(MNT / "extra", b"3")
    s.runs("m.done", *MAKE, why="extra changed")
    s.step("m.done", *MAKE)
    s.skips("m.done", *MAKE)

# While it runs.
os.mkfifo(TMP / "go")
idemfs("mount", BACKING, MNT)
write(MNT / "b.in", b"3")
p = subprocess.Popen([IDEMFS, "step", "--learn", "m.done", "--", *MAKE],
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL, cwd=MNT)
fd = os.open(TMP / "go", os.O_WRONLY)
kill_it()
wait_until(is_dead, "a dead mount")
os.close(fd)
check(p.wait() != 0, "it fails")
os.unlink(TMP / "go")
with mounted():
    s.runs("m.done", *MAKE)
    check("it read more than can be learned" in s.why("m.done", *MAKE), "unsure")
    os.unlink(MNT / "a.out")
    os.unlink(MNT / "b.out")
    s.step("m.done", *MAKE)
    s.skips("m.done", *MAKE)
