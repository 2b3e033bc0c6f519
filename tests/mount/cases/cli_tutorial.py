# SPDX-License-Identifier: MIT
# about: every command of docs/tutorial.md works, and what it says of the results is so
# mount: no
# quarantine: some
import re

from mounttest import *

TEXT = (TESTS.parent.parent / "docs/tutorial.md").read_text(encoding="utf-8")
os.mkdir(TMP / "bin")
os.symlink(IDEMFS, TMP / "bin/idemfs")
os.environ["PATH"] = "%s:%s" % (TMP / "bin", os.environ["PATH"])
os.chdir(TMP)

# Each block in one shell after the other; where it stands goes along.
said = []
for i, block in enumerate(re.findall(r"^```sh\n(.*?)^```$", TEXT,
                                     re.M | re.S)):
    got = subprocess.run(
        ["bash", "-e", "-c", block + "\npwd > '%s/where'" % TMP],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False)
    eq(got.returncode, 0, "block %d: %s%s" % (i, block, got.stdout))
    os.chdir((TMP / "where").read_text().strip())
    said.append((block, got.stdout))


def told(command, n=0):
    """What the n-th block that has @command printed."""
    return [out for block, out in said if command in block][n]


SUM = str(sum(i for i in range(1, 1001) if "7" not in str(i)))
eq(told("cat out/sum.txt"), SUM + "\n", "the plain script")
killed = told("exec > sum.txt")
check("status 137" in killed and SUM in killed and "SIGKILL" in killed, killed)
check("status 137" in told("touch broken"), told("touch broken"))
for n in (0, 1):
    history = told("cat history", n).splitlines()[-3:]
    eq(history, ["fetching", "cleaning", "summing"], "each step once")
shown = told("idemfs show")
check("# input" in shown and "clean.txt" in shown, shown)
check("mark \"sum.done\" made" in shown, "the log: " + shown)
eq(told("seq 1 50").splitlines()[-1],
   str(sum(i for i in range(1, 51) if "7" not in str(i))), "a changed input")
check("sum.done" in told("idemfs status out"), "status")
check("<html" in Path("report.html").read_text(), "the report")
runs = told("--run-id monday")
check("monday" in runs and "tuesday" in runs, runs)
left = idemfs("runs", "out")
check("tuesday" in left and "monday" not in left, left)
eq(told("plain.sh").strip().splitlines()[-1], "1000", "a plain script")
