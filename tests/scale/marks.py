# SPDX-License-Identifier: MIT
"""A mark of many files, what checks it, and many marks."""

import argparse
import os
import shutil
import time

from figures import Clock, figure, must
from mounted import Mount, peak, timed, write_file


def first_look(m, mark, what):
    began = time.monotonic()
    there = (m.mnt / ".checkpoints" / mark).exists()
    figure("first look at a mark, " + what, time.monotonic() - began, "s")
    return there


def make_files(mnt, count, processes=4):
    """Eleven bytes each, a thousand a directory."""
    children = []
    for mine in range(processes):
        children.append(os.fork())
        if children[-1]:
            continue
        for d in range(mine, (count + 999) // 1000, processes):
            top = mnt / ("d%04d" % d)
            top.mkdir()
            os.chdir(top)
            for i in range(min(1000, count - 1000 * d)):
                write_file("f%d" % i)
        os._exit(0)
    must(not any([os.waitpid(pid, 0)[1] for pid in children]),
         "not all files could be made")


def mark_files(args, tree, mark):
    """The daemon is killed before the mark, which another one makes."""
    n = args.marked
    with Mount(args, tree) as m:
        with Clock(m, "make %d files" % n, n):
            make_files(m.mnt, n)
        m.crash()
    with Mount(args, tree) as m:
        figure("mount after a crash, %d files unmarked" % n, m.seconds, "s")
        timed("mark %d files" % n, ["touch", m.mnt / ".checkpoints/many.done"])
        figure("the daemon's memory at most", peak(m), "MiB")
        figure("manifest", mark.stat().st_size / n, "bytes a file")


def part_manifest(args, work):
    """A mark of many files, and its checks."""
    tree, n = work / "tree", args.marked
    tree.mkdir()
    mark = tree / ".idemfs/marks/many.done"
    hide = argparse.Namespace(**{**vars(args), "options":
                                 [*args.options, "--stale", "hide"]})
    mark_files(hide, tree, mark)
    for options, text in (([], "verify %d files"),
                          (["--full"], "verify --full %d files")):
        said = timed(text % n, [args.idemfs, "verify", *options, tree])
        must("all hold" in said, said[-200:])
    said = timed("show %d files" % n, [args.idemfs, "show", tree, "many.done"])
    must("many.done" in said, "the mark is not shown")
    said = timed("report %d files" % n, [args.idemfs, "report", tree])
    must("many.done" in said, "the mark is not in the report")
    if shutil.which("xxhsum"):
        timed("xxhsum -c %d files" % n,
              ["sh", "-c", "cd '%s' && xxhsum -q -c '%s'" % (tree, mark)])
    with Mount(hide, tree) as m:
        figure("mount over a mark of %d files" % n, m.seconds, "s")
        must(first_look(m, "many.done", "%d files" % n), "a mark that holds")
        figure("the daemon's memory at most, judging", peak(m), "MiB")
        timed("status with a mark of %d files" % n,
              [args.idemfs, "status", m.mnt])
        timed("step that is done, %d files" % n,
              ["sh", "-c", "cd '%s' && '%s' step many.done false 2>/dev/null" %
               (m.mnt, args.idemfs)])
    (tree / "d0000/f0").unlink()
    with Mount(hide, tree) as m:
        must(not first_look(m, "many.done", "%d files, stale" % n),
             "a stale mark")
    shutil.rmtree(tree)
    many_marks(args, hide, work, min(5000, n))


def many_marks(args, hide, work, count):
    tree = work / "tree"
    (tree / ".checkpoints").mkdir(parents=True)
    for i in range(count):
        (tree / ".checkpoints" / ("m%d.done" % i)).touch()
    for how, name in ((args, "warn"), (hide, "hide")):
        with Mount(how, tree) as m:
            top = m.mnt / ".checkpoints"
            with Clock(m, "list %d marks, --stale %s" % (count, name),
                       count):
                must(len(os.listdir(top)) == count, "not all are listed")
            with Clock(m, "and stat them", count):
                for n in os.listdir(top):
                    os.stat(top / n)
    shutil.rmtree(tree)
