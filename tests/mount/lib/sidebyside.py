# SPDX-License-Identifier: MIT
"""Steps that run at once: from sidebyside import *

    side_by_side(16, ["make", "-j", "16", …])

The command starts N steps, whose marks are s.1 to s.N, each with
`idemfs step s.I -- $STEP I`.  Every step writes, waits until all have written,
and writes again.
"""

from manifest import *

BIN = TMP / "bin"
STEP = TMP / "one-step"
ARRIVED, GATE = TMP / "arrived", TMP / "gate"
WORK = """#!/bin/sh
set -e
mkdir d.$1
echo $1 > d.$1/first
seq $1 > d.$1/second.new
echo $1 > d.$1/none
echo x > %s
: < %s
mv d.$1/second.new d.$1/second
rm d.$1/none
echo more >> d.$1/first
echo last > d.$1/last
""" % (ARRIVED, GATE)


def prepare():
    os.mkfifo(ARRIVED)
    os.mkfifo(GATE)
    STEP.write_text(WORK)
    STEP.chmod(0o755)
    BIN.mkdir()
    os.symlink(IDEMFS, BIN / "idemfs")
    os.environ["PATH"] = "%s:%s" % (BIN, os.environ["PATH"])
    os.environ["STEP"] = str(STEP)


def run_at_once(n, argv):
    """Runs @argv; all @n steps are at their half before any goes on."""
    arrived = os.open(ARRIVED, os.O_RDWR)
    p = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL)
    left = n * 2  # each says "x\n"
    while left:
        ready = select.select([arrived], [], [], 1)[0]
        if ready:
            left -= len(os.read(arrived, left))
        elif p.poll() is not None:
            fail("%s: status %d before all had begun" % (argv, p.returncode))
    gate = os.open(GATE, os.O_RDWR)
    eq(p.wait(PATIENCE), 0, "status of %s" % argv)
    os.close(gate)
    os.close(arrived)


def side_by_side(n, argv):
    run_at_once(n, argv)
    seen = set()
    for i in range(1, n + 1):
        m = Manifest("s.%d" % i)
        eq(m.head["scope"], "session s.%d" % i, "scope")
        wanted = ["d.%d/%s" % (i, f) for f in ("first", "last", "second")]
        eq(m.paths("file"), wanted, "outputs of s.%d of %d" % (i, n))
        eq(m.paths("node"), ["d.%d" % i])
        eq([r.path for r in m.records if not r.path.startswith("d.%d" % i)],
           [], "of others")
        check(not seen & set(m.paths("file", "node")), "twice")
        seen |= set(m.paths("file", "node"))
        eq(set(checked("s.%d" % i).values()), {"OK"})
    tree = {str(p.relative_to(MNT)) for p in MNT.rglob("*")
            if ".checkpoints" not in p.parts}
    eq(seen, tree, "none is lost")
    eq(len(names(".checkpoints")), n)
    idemfs("verify", "--extra", MNT)
    sh("rm -r d.* .checkpoints/s.*")
