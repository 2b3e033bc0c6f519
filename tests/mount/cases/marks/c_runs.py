# SPDX-License-Identifier: MIT
# about: C1, C6: --run-id keeps the marks of a run apart; scripts that name no run see just them; runs lists and removes earlier ones
# mount: no
from mounttest import *

CP = MNT / ".checkpoints"


def runs():
    """{id: (marks, is on)} as `idemfs runs` lists them, in its order."""
    lines = idemfs("runs", BACKING if not os.path.ismount(MNT) else MNT)
    return {line.split()[-1]: (line[23:28].strip(), line[0] == "*")
            for line in lines.splitlines()[1:]}


def mark(name):
    write(CP / name, b"")


with mounted("--run-id", "one"):
    eq(names(CP), [], "a new run has no marks")
    mark("a.done")
    os.mkdir(CP / "group")
    mark("group/b.done")
    eq(names(CP), ["a.done", "group"])
    eq(names(CP / "one"), ["a.done", "group"], "the same by its name")
    eq(read(CP / "a.done"), read(CP / "one/a.done"))
    check(b"# name one/a.done\n" in read(CP / "a.done"), "its whole name")
    eq(runs(), {"one": ("2", True)})
    for what in (os.rmdir, lambda p: os.rename(p, CP / "other")):
        raises(errno.EBUSY, what, CP / "one")

with mounted("--run-id=two"):
    eq(names(CP), [], "the marks of run one are not seen")
    absent(CP / "a.done")
    absent(CP / "group")
    eq(names(CP / "one"), ["a.done", "group"], "but by the run's name")
    mark("a.done")
    mark("one/c.done")
    eq(runs(), {"one": ("3", False), "two": ("1", True)})
    raises(errno.EEXIST, os.mkdir, CP / "one")
    os.rename(CP / "a.done", CP / "one/moved.done")
    eq(names(CP), [])
    mark("a.done")
    os.unlink(CP / "one/moved.done")
    eq([m["name"] for m in status_json()["marks"]], ["two/a.done"])
    err = run(IDEMFS, "runs", "--remove", "two", MNT, status=1,
              stderr=subprocess.STDOUT)
    check("two" in err and "Unmount" in err, "removing what is on: " + err)

with mounted("-o", "run-id=one"):
    eq(names(CP), ["a.done", "c.done", "group"], "the run goes on")

with mounted():
    eq(names(CP), ["one", "two"], "without a run, all are groups")
    mark("top.done")
    idemfs("runs", "--remove", "two", MNT)
    eq(names(CP), ["one", "top.done"])

eq(runs(), {"one": ("3", False)})
idemfs("runs", "--remove", "none", BACKING, status=1)
idemfs("runs", "--remove", "../tmp", BACKING, status=1)
idemfs("runs", "--remove", ".", BACKING, status=1)
eq(runs(), {"one": ("3", False)}, "nothing was removed")
idemfs("runs", "--remove", "one", BACKING)
eq(runs(), {})
eq(names(BACKING / ".idemfs/marks"), ["top.done"])

idemfs("run", "--run-id", "auto", BACKING, "--", "touch", ".checkpoints/x")
made, = runs()
host = os.uname().nodename
check(made.endswith("-" + host) and len(made) == 16 + len(host), made)
eq(runs()[made], ("1", False))

for bad in ("", ".x", "a/b", "-a", "a b", "x" * 200):
    idemfs("mount", "--run-id", bad, BACKING, MNT, status=2)
    check(not os.path.ismount(MNT), "mounted with the run id %r" % bad)
