# SPDX-License-Identifier: MIT
# about: L3: --why says what is different, or that the mark holds, and has no side effect: no mark is removed, nothing is run, locked or told
from learn import *

s = Steps()
write("in", b"1")
DO = ("sh", "-c", "cat in > out; echo x >> %s" % (TMP / "ran"))
eq(s.why("g/a.done", *DO), "step g/a.done: it has no mark, so it is run\n")
check(not (CP / "g").exists(), "no group is made")
check(not (TMP / "ran").exists(), "it was not run")
s.runs("g/a.done", *DO)
eq(s.why("g/a.done", *DO), "")
write("in", b"2")


def changes():
    """What was changed; digests and flushes are written down at any time."""
    return [line for line in read(BACKING / ".idemfs/changes").split(b"\n")
            if not line.startswith((b"# hashed ", b"# flushed "))]


wait_until(lambda: sum(line.endswith(b" in") for line in changes()) == 2,
           "the last change is written down")


def state():
    return (changes(), sorted(os.listdir(".")),
            read(BACKING / ".idemfs/marks/g/a.done"))


before, times = state(), os.stat(BACKING / ".idemfs/marks/g/a.done")
eq(s.why("g/a.done", *DO), "step g/a.done: in changed, so it is run again\n")
eq(s.why("g/a.done", *DO), "step g/a.done: in changed, so it is run again\n")
eq(state(), before)
eq(os.stat(BACKING / ".idemfs/marks/g/a.done").st_mtime_ns, times.st_mtime_ns)
eq(read(TMP / "ran"), b"x\n")
check(json.loads(idemfs("status", "--json", MNT)).get("running", []) == [],
      "no session is left")

# It does not wait for one that is at it, and can be asked without --learn.
os.mkfifo(TMP / "go")
p = subprocess.Popen([IDEMFS, "step", "--learn", "g/a.done", "--", "sh", "-c",
                      "read x < %s" % (TMP / "go")], stdin=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL)
fd = os.open(TMP / "go", os.O_WRONLY)
eq(s.why("g/a.done", *DO), "step g/a.done: it has no mark, so it is run\n")
os.write(fd, b"\n")
os.close(fd)
eq(p.wait(), 0)
got = subprocess.run([IDEMFS, "step", "--why", "g/a.done", "--", "true"],
                     stdout=subprocess.PIPE, check=True)
eq(got.stdout, b"step g/a.done: holds\n")
got = subprocess.run([IDEMFS, "step", "--why", "--input", "none", "g/a.done",
                      "--", "true"], check=False, stderr=subprocess.DEVNULL)
eq(got.returncode, 125)
