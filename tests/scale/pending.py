# SPDX-License-Identifier: MIT
"""Many versions that are pending at once."""

import os
import shutil
import subprocess
import sys

from figures import Clock, figure, must, ratios
from mounted import FEW, Mount, measure_in

HOLDER = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE,
                   (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
top, begin, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
fds = []
for i in range(begin, end):
    fds.append(os.open("%s/p%d" % (top, i),
                       os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644))
    os.write(fds[-1], b"new %d" % i)
print("open", flush=True)
for line in sys.stdin:
    print(len(os.listdir(top)), flush=True)
for fd in fds:
    os.close(fd)
"""


class Holders:
    """Processes that have files open for writing, some hundreds each."""

    def __init__(self, top, count, each=500):
        self.each = each
        self.all = [subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(top), str(i),
             str(min(i + each, count))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for i in range(0, count, each)]
        self.good = all(p.stdout.readline() == "open\n" for p in self.all)

    def listed(self):
        """How many names the first of them finds there, its own among them."""
        self.all[0].stdin.write("\n")
        self.all[0].stdin.flush()
        return int(self.all[0].stdout.readline())

    def close(self):
        for p in self.all:
            p.stdin.close()
        return not any([p.wait() for p in self.all])


def one_pending(args, work, count):
    """Half of them overwrite a file, half are new."""
    tree = work / "tree"
    top = tree / "top"
    top.mkdir(parents=True)
    for i in range(0, count, 2):
        (top / ("p%d" % i)).write_text("old")
    # A version has one descriptor: of one that began empty, as all do here.
    with Mount(args, tree, count + FEW) as m:
        before = m.memory()
        with Clock(m, "begin %d versions" % count, count):
            h = Holders(m.mnt / "top", count)
        must(h.good, "not all of %d could be opened" % count)
        figure("memory a pending version, %d" % count,
               (m.memory() - before) / count, "bytes")
        figure("descriptors, %d pending" % count, m.descriptors())
        must(m.descriptors() <= count + FEW, "too many descriptors")
        old, new = (count + 1) // 2, min(count, h.each) // 2
        must(len(os.listdir(m.mnt / "top")) == old, "pending names are listed")
        with Clock(m, "listed by who writes %d of them" % (old + new), old):
            must(h.listed() == old + new, "own pending names are not listed")
        view = m.mnt / ".checkpoints/.inflight/top"
        with Clock(m, ".inflight listed, %d pending" % count, count):
            must(len(os.listdir(view)) == count, "not all are in .inflight")
        (m.mnt / "few").mkdir()
        costs = measure_in(m, m.mnt / "few", "%d pending elsewhere" % count,
                           args.operations)
        beside = measure_in(m, m.mnt / "top", "%d pending beside" % count,
                            args.operations)
        with Clock(m, "close %d versions" % count, count):
            must(h.close(), "not all of %d could be closed" % count)
        got = {n: (m.mnt / "top" / n).read_text()
               for n in os.listdir(m.mnt / "top")}
        must(got == {"p%d" % i: "new %d" % i for i in range(count)},
             "not all are promoted")
    shutil.rmtree(tree)
    return costs + [(w + " beside", c) for w, c in beside]


def part_pending(args, work):
    """The cost of an operation, from one pending version to many."""
    first = one_pending(args, work, 1)
    last = one_pending(args, work, args.pending)
    ratios(first, last, "with many pending, to one")
