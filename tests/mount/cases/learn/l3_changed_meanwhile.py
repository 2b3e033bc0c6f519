# SPDX-License-Identifier: MIT
# about: L1, L3: an input that is edited while the step runs has it done again; what was opened is what is told
from learn import *

s = Steps()
write("in", b"one\n")
os.mkfifo(TMP / "go")
DO = ("sh", "-c", "cat in > out; read x < %s; echo >> out" % (TMP / "go"))
p = subprocess.Popen([IDEMFS, "step", "--learn", "a.done", "--", *DO],
                     stdin=subprocess.DEVNULL)
fd = os.open(TMP / "go", os.O_WRONLY)   # it reads there now
write("in", b"two\n")
os.write(fd, b"\n")
os.close(fd)
eq(p.wait(), 0)
eq(read("out"), b"one\n\n")
os.unlink(TMP / "go")
write(TMP / "go", b"\n")
check(s.why("a.done", *DO) in (
    "step a.done: in changed, so it is run again\n",
    "step a.done: in changed while the step ran, so it is run again\n"),
    s.why("a.done", *DO))
check("run again" in s.step("a.done", *DO), "it is run again")
eq(read("out"), b"two\n\n")
s.skips("a.done", *DO)
