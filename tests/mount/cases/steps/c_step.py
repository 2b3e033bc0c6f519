# SPDX-License-Identifier: MIT
# options: --open-wait 0.2
# about: C2, C6: idemfs step runs a command once, makes its mark when it ends with 0, and not else
from mounttest import *

CP = Path(".checkpoints")
LOG = TMP / "ran"


def step(*argv, status=0, cwd="."):
    """Runs a step; its words on stderr."""
    got = subprocess.run([IDEMFS, "step", *map(str, argv)], cwd=cwd,
                         stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                         check=False)
    eq(got.returncode, status, "status; " + got.stderr.decode())
    return got.stderr.decode()


def ran():
    """How often a command has run since the last time."""
    n = len(read(LOG)) if LOG.exists() else 0
    LOG.unlink(missing_ok=True)
    return n


DO = ["sh", "-c", "printf x >> %s; echo out > out" % LOG]
eq(step("a.done", "--", *DO), "", "nothing is said when it runs")
eq(ran(), 1)
eq(read("out"), b"out\n")
text = read(CP / "a.done").decode()
check("# command sh -c printf x" in text and "# argv " in text, text)
said = step("a.done", *DO)
check("skipped" in said and "a.done" in said, said)
eq(ran(), 0, "it is done")
os.unlink(CP / "a.done")
step("a.done", *DO)
eq(ran(), 1, "a forgotten mark")
write(CP / "hand.done", b"")
step("hand.done", *DO)
write(CP / "noted.done", b"a note")
step("noted.done", *DO)
eq(ran(), 0, "marks that were made by hand")

os.mkdir("deep")
step("group/sub/b.done", *DO, cwd="deep")
eq(ran(), 1)
check((CP / "group/sub/b.done").is_file(), "groups are made")
step("group/sub/b.done", *DO)
eq(ran(), 0)

for code in (1, 3, 126):
    step("bad.done", "--", "sh", "-c", "exit %d" % code, status=code)
    absent(CP / "bad.done")
step("bad.done", "sh", "-c", "kill -KILL $$", status=128 + 9)
step("bad.done", "sh", "-c", "kill -TERM $$", status=128 + 15)
step("bad.done", "no-such-command", status=127)
step("bad.done", TMP, status=126)
absent(CP / "bad.done")
check("--" in subprocess.check_output([IDEMFS, "step", "pass.done", "echo",
                                       "--", "--command"]).decode(),
      "options of COMMAND are its own")

# Ended by a signal that was meant for it: COMMAND is told, no mark is made.
p = subprocess.Popen([IDEMFS, "step", "told.done", "sleep", "1000"])
wait_until(lambda: p.poll() is not None or b"sleep" in sh(
    "cat /proc/%d/task/*/children" % p.pid).encode() or
    sh("cat /proc/%d/task/*/children" % p.pid).strip(), "its child")
p.terminate()
eq(p.wait(PATIENCE), 128 + 15, "status of what was told to end")
absent(CP / "told.done")

# A file that COMMAND left open: no mark, and why is said.
fifo = TMP / "fifo"
os.mkfifo(fifo)
said = step("busy.done", "bash", "-c", "exec 3> open; echo half >&3; "
            "{ read line < %s; } 2> /dev/null &" % fifo, status=125)
check("open for writing" in said and "idemfs status" in said, said)
absent(CP / "busy.done")
write(fifo, b"go\n", os.O_WRONLY)

# One that a process outside has open is not its own.
w = Peer()
w.put("other", b"half")
step("free.done", *DO)
check((CP / "free.done").exists(), "its mark")
w.exit()

for bad in ([], ["a.done"], ["a.done", "--"], [".hid", "true"],
            ["../x", "true"], ["a//b", "true"], ["a/", "true"],
            ["--nope", "a.done", "true"], ["--input"]):
    step(*bad, status=125)
said = step("a.done", "true", status=125, cwd="/")
check("not inside an idemfs mount" in said, said)
