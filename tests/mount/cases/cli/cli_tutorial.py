# SPDX-License-Identifier: MIT
# about: cli: every command of docs/tutorial.md works, and prints what stands below it
# mount: no
# needs: make
# quarantine: some
import re

from mounttest import *

TEXT = (TESTS.parent.parent / "docs/tutorial.md").read_text(encoding="utf-8")
os.mkdir(TMP / "bin")
os.symlink(IDEMFS, TMP / "bin/idemfs")
os.environ["PATH"] = "%s:%s" % (TMP / "bin", os.environ["PATH"])
os.chdir(TMP)

BLOCK = r"^```sh\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?"
# What is different each time: times, processes, digests, inode numbers.
VARIES = (
    (r"\d{4}-\d\d-\d\d[T ][\d:]{8}(\.\d+)?Z?", "DATE"),
    (r"\b(process|pid|user) \d+", r"\1 N"), (r"\bhost \S+", "host NAME"),
    (r"\d+(\.\d+)? s\b", "N s"), (r"\b[0-9a-f]{32}\b", "DIGEST"),
    (r"\b\d{8,}(\.\d+)?", "NUMBER"), (r"(# since) \S+", r"\1 N"),
    (r"/\S*/tutorial", "DIR"), (r" +", " "))


def same_lines(text):
    for pattern, word in VARIES:
        text = re.sub(pattern, word, text)
    return text.splitlines()


def matches(want, got):
    """Is @got what @want says, where "…" stands for any lines?"""
    parts, part = [], []
    for line in want:
        if line == "…":
            parts, part = parts + [part], []
        else:
            part.append(line)
    parts.append(part)
    if len(parts) == 1:
        return got == want
    if got[:len(parts[0])] != parts[0]:
        return False
    rest = got[len(parts[0]):]
    for part in parts[1:]:
        at = next((i for i in range(len(rest) - len(part) + 1)
                   if rest[i:i + len(part)] == part), None)
        if at is None:
            return False
        rest = rest[at + len(part):]
    return not parts[-1] or not rest


# Each block in one shell after the other; where it stands goes along.
said = []
for i, (block, shown) in enumerate(re.findall(BLOCK, TEXT, re.M | re.S)):
    got = subprocess.run(
        ["bash", "-e", "-c", block + "\npwd > '%s/where'" % TMP],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, check=False)
    eq(got.returncode, 0, "block %d: %s%s" % (i, block, got.stdout))
    os.chdir((TMP / "where").read_text().strip())
    check(matches(same_lines(shown), same_lines(got.stdout)),
          "block %d: %sprints\n%s\nand not\n%s" %
          (i, block, got.stdout, shown))
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
