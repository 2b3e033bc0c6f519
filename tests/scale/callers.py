# SPDX-License-Identifier: MIT
"""A path of many levels, and many processes at once."""

import os
import shutil
import subprocess
import sys

from figures import Clock, must
from mounted import FEW, Mount


def part_depth(args, work):
    tree = work / "tree"
    tree.mkdir()
    with Mount(args, tree) as m:
        here = os.open(m.mnt, os.O_RDONLY | os.O_DIRECTORY)
        with Clock(m, "make %d directories in each other" % args.depth,
                   args.depth):
            for i in range(args.depth):
                name = "level-%04d" % i
                os.mkdir(name, dir_fd=here)
                deeper = os.open(name, os.O_RDONLY | os.O_DIRECTORY,
                                 dir_fd=here)
                os.close(here)
                here = deeper
        for text in ("one", "two"):
            fd = os.open("f", os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                         dir_fd=here)
            os.write(fd, text.encode())
            os.close(fd)
            fd = os.open("f", os.O_RDONLY, dir_fd=here)
            must(os.read(fd, 10) == text.encode(), "not what was written")
            os.close(fd)
        os.close(here)
        subprocess.run(["find", str(m.mnt), "-name", "f", "-execdir", "cmp",
                        "{}", "{}", ";"], check=True)
        must(m.descriptors() <= FEW, "too many descriptors")
        with Clock(m, "remove them", args.depth):
            subprocess.run(["rm", "-rf", str(m.mnt / "level-0000")],
                           check=True)
    must(not (tree / "level-0000").exists(), "something is left")
    shutil.rmtree(tree)


WORKER = """
import os, sys
me, count = sys.argv[1], int(sys.argv[2])
for i in range(count):
    for name in ("own-%s" % me, "all"):
        with open(name + "-new" if i % 2 and name != "all" else name, "w") as f:
            f.write("%s %d\\n" % (me, i) * 50)
        if i % 2 and name != "all":
            os.rename(name + "-new", name)
        with open(name) as f:
            lines = f.read().splitlines()
        if len(lines) != 50 or len(set(lines)) != 1:
            sys.exit("%s is torn" % name)
        if name != "all" and lines[0] != "%s %d" % (me, i):
            sys.exit("%s is not the latest" % name)
"""


def part_processes(args, work):
    tree = work / "tree"
    tree.mkdir()
    count = min(50, args.operations)
    with Mount(args, tree) as m:
        with Clock(m, "%d processes at once, a round of writes and reads" %
                   args.processes, args.processes * count * 2):
            all_of_them = [subprocess.Popen(
                [sys.executable, "-c", WORKER, str(i), str(count)], cwd=m.mnt)
                for i in range(args.processes)]
            bad = sum(p.wait() != 0 for p in all_of_them)
        must(not bad, "%d of %d processes failed" % (bad, args.processes))
        must(len(os.listdir(m.mnt)) == args.processes + 2, "names are lost")
        must(m.descriptors() <= FEW, "too many descriptors")
    shutil.rmtree(tree)
