# SPDX-License-Identifier: MIT
# about: S3, C3, F9: a file that is held open, or cannot be promoted, fails the mark of its own step; what a killed step leaves is told by the session around it
# options: --open-wait 0.2
# log: errors
# quarantine: some
from manifest import *

BIN = TMP / "bin"
BIN.mkdir()
os.symlink(IDEMFS, BIN / "idemfs")
os.environ["PATH"] = "%s:%s" % (BIN, os.environ["PATH"])
for f in ("held", "lost", "good"):
    os.mkfifo(TMP / f)
ends = [os.open(TMP / f, os.O_RDWR) for f in ("held", "lost", "good")]


def step(name, script):
    """It says that it is ready, and then waits at its fifo."""
    return subprocess.Popen(
        [IDEMFS, "step", name, "--", "bash", "-c", script.replace(
            "WAIT", "touch %s/%s.ready; read line < %s/%s" % (
                TMP, name, TMP, name))], stderr=subprocess.PIPE, text=True)


def go(name):
    write(TMP / name, b"go\n", os.O_WRONLY)


# The sleep has the file open, and outlives the command.
steps = {
    "held": step("held", "echo 1 > held.1; exec 3> open; sleep 1000 2> /dev/null & "
                 "echo $! > %s/pid; WAIT" % TMP),
    "lost": step("lost", "exec 3> lost.1; echo 1 >&3; WAIT; exec 3>&-"),
    "good": step("good", "echo 1 > good.1; WAIT"),
}
for name in steps:
    wait_until((TMP / (name + ".ready")).exists, name)
os.mkdir(BACKING / "lost.1")  # what it writes cannot come to its name
for name in ("held", "lost"):
    go(name)
said = {n: steps[n].communicate(timeout=PATIENCE)[1] for n in ("held", "lost")}
check(steps["held"].returncode != 0, said)
check(steps["lost"].returncode != 0, said)
go("good")
eq(steps["good"].wait(PATIENCE), 0, "the trouble is not its own")
eq(Manifest("good").paths("file"), ["good.1"])
for name in ("held", "lost"):
    check(not os.path.exists(".checkpoints/" + name), name)
log = idemfs("log", MNT)
check('"open" is still open' in log, log)
check('"lost.1" was not promoted' in log, log)

# What the two have left is told by a mark outside, as soon as it is closed.
os.kill(int(read(TMP / "pid")), signal.SIGTERM)
wait_until(lambda: not os.path.exists(".checkpoints/.inflight/open"), "closed")
write(".checkpoints/after", b"")
m = Manifest("after")
eq(m.head["scope"], "time")
check("held.1" in m.paths("file"), m.paths("file"))
check("good.1" not in m.of, "told twice")

# A step that is killed leaves its changes to the session around it.
sh("""
idemfs session --name outer -- bash -c '
    idemfs step killed -- bash -c "echo 1 > killed.1; kill -9 \\$PPID"
    touch .checkpoints/in-outer
    true'
""")
m = Manifest("in-outer")
eq(m.head["scope"], "session outer")
eq(m.paths("file"), ["killed.1"])
check(not os.path.exists(".checkpoints/killed"), "it has a mark")
