# SPDX-License-Identifier: MIT
# about: S1, S3: steps by xargs -P and make -j, killed at random and run again, leave the tree and the manifests of an undisturbed run
# mount: no
# needs: make xxhsum
# quarantine: some
# timeout: 900
from mounttest import *
from pipeline import kill_tree, tree

import random

PIPELINE = TESTS / "../../docs/examples/parallel/pipeline.sh"
KILLS = 3 if os.environ.get("BRIEF") else 12
SEED = int(os.environ.get("SEED", "1"))

source = TMP / "status"
with open(source, "w", encoding="ascii") as f:
    for letter in "abcdefgh":
        for i in range(300):
            f.write("Package: %s%03d\nInstalled-Size: %d\n\n"
                    % (letter, (i * 7) % 300, i * 13 % 1000))
tools = TMP / "bin"
tools.mkdir()
os.symlink(IDEMFS, tools / "idemfs")
ENV = dict(os.environ, SOURCE=str(source), JOBS="4",
           PATH="%s:%s" % (tools, os.environ["PATH"]))


def manifests():
    """mark: what it vouches for, as xxhsum reads it."""
    marks = MNT / ".checkpoints"
    return {str(m.relative_to(marks)): sorted(
        line for line in read(m).decode().splitlines()
        if not line.startswith("#") and "/dev/null" not in line)
        for m in marks.rglob("*.done")}


def start():
    return subprocess.Popen([str(PIPELINE)], cwd=MNT, env=ENV,
                            stdin=subprocess.DEVNULL, start_new_session=True)


def finish():
    began = time.monotonic()
    eq(start().wait(), 0, "status of the pipeline")
    return time.monotonic() - began


def forget_all():
    for m in manifests():
        os.unlink(MNT / ".checkpoints" / m)
    run("find", MNT, "-mindepth", "1", "-maxdepth", "1", "!", "-name",
        ".checkpoints", "-exec", "rm", "-rf", "{}", "+")


print("SEED=%d" % SEED)
rng = random.Random(SEED)
idemfs("mount", BACKING, MNT)
whole = finish()
files, marks = tree(MNT), manifests()
eq(marks["sorted/a.done"], ["%s  sorted/a" % run(
    "xxhsum", "-H2", MNT / "sorted/a").split()[0]], "a step's own output")
eq(sorted(line.split("  ", 1)[1] for m in marks.values() for line in m),
   sorted(files), "each file is vouched for once")
for _ in range(KILLS):
    forget_all()
    for _ in range(rng.randint(1, 3)):
        p = start()
        time.sleep(rng.uniform(0, whole))
        kill_tree(p)
    finish()
    eq(tree(MNT), files, "the tree")
    eq(manifests(), marks, "the manifests")
idemfs("umount", MNT)
