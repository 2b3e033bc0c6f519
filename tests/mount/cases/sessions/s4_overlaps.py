# SPDX-License-Identifier: MIT
# about: S4: two sessions that write one path, or of which one reads what the other writes, are named by status, report, log and the later manifest
from manifest import *

fifos = {n: TMP / n for n in ("a", "b")}
ends = []
for f in fifos.values():
    os.mkfifo(f)
    ends.append(os.open(f, os.O_RDWR))


def step(name, script, other):
    """Its script may say MEET: goes on when the other one has come there."""
    meet = "echo x > %s; read line < %s" % (fifos[other], fifos[name])
    return subprocess.Popen([IDEMFS, "step", name, "--", "sh", "-c",
                             script.replace("MEET", meet)])


write("read", b"old\n")
write("alone", b"old\n")
steps = [step("a", "exec 3> both; echo 1 >&3; exec 4> read; echo 2 >&4; "
              "echo 1 > done; MEET; "
              "MEET; exec 3>&- 4>&-; echo 1 > mine; MEET", "b"),
         step("b", "MEET; exec 3> both; echo 2 >&3; cat read > seen; "
              "echo 2 > done; "
              "cat alone > /dev/null; MEET; MEET; exec 3>&-; echo 1 > its",
              "a")]
eq([p.wait(PATIENCE) for p in steps], [0, 0])
check(read("both") in (b"1\n", b"2\n"), "one of them, whole")
eq(read("seen"), b"old\n")

# The later mark names the earlier session.
marks = {n: Manifest(n) for n in ("a", "b")}
first, later = sorted(marks, key=lambda n: marks[n].head["time"])
named = marks[later].overlaps
check((first, "both") in named, named)
check((first, "read") in named, named)
check("done" in {p for _, p in named}, "written and closed by both")
eq({p for _, p in named}, {"both", "done", "read"})

for said in (idemfs("status", MNT), idemfs("report", MNT), idemfs("log", MNT)):
    check("overlap" in said, said)
    for path in ("both", "read"):
        check(path in said, "%s: %s" % (path, said))

# One after the other is none, nor is a session and what runs inside it.
for name in ("c", "d"):
    run(IDEMFS, "step", name, "--", "sh", "-c", "echo 1 > both; cat both")
run(IDEMFS, "step", "e", "--", "sh", "-c", "echo 1 > both; %s step f -- sh -c "
    "'echo 2 > both; cat both'; echo 3 > both; cat both" % IDEMFS)
for name in ("c", "d", "e", "f"):
    eq(Manifest(name).overlaps, [], name)
