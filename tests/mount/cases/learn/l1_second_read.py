# SPDX-License-Identifier: MIT
# about: L1, L4: a step that reads what others change between its reads, or in place after one, is done again
from learn import *

s = Steps()
WAIT = "; echo > ready; while [ ! -e go ]; do sleep 0.05; done; "


def meanwhile(name, script, change, why):
    """@change comes at WAIT."""
    for n in "ready", "go":
        Path(n).unlink(missing_ok=True)
    argv = ("sh", "-c", script)
    p = subprocess.Popen(
        [IDEMFS, "step", "--learn", name, "--", *argv],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: os.path.exists("ready"), "it has read")
    change()
    write("go", b"")
    said = p.communicate()[1]
    eq(p.returncode, 0, said)
    # It comes before "go is new", in the order of the paths.
    check(why in s.why(name, *argv), s.why(name, *argv))


meanwhile("own.done", "echo 1 > a; cat a > o" + WAIT + "cat a >> o",
          lambda: write("a", b"2"), "a changed while the step ran")

write("c.log", b"1")


def in_place():
    st = os.stat("c.log")
    with open("c.log", "r+b") as f:
        f.write(b"2")
    os.utime("c.log", ns=(st.st_atime_ns, st.st_mtime_ns))


meanwhile("log.done", "cat c.log > o" + WAIT, in_place,
          "it read c.log, which others write in place")
