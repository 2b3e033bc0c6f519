# SPDX-License-Identifier: MIT
"""A tree of many files, and a directory of many names."""

import os
import shutil
import subprocess
import threading

from figures import Clock, figure, must, ratios
from mounted import FEW, Mount, measure_in

NODE_BYTES = 200  # at most, of memory, a node


def make_tree(top, files):
    """Ten files a directory, a hundred directories a directory; how many."""
    dirs = files // 10
    for i in range(dirs):
        d = top / ("%03d" % (i // 100 % 1000)) / ("%02d" % (i % 100))
        if i % 100 == 0:
            d.parent.mkdir()
        d.mkdir()
        fd = os.open(d, os.O_RDONLY | os.O_DIRECTORY)
        for k in range(10):
            os.close(os.open("f%d" % k, os.O_WRONLY | os.O_CREAT, 0o644,
                             dir_fd=fd))
        os.close(fd)
    return dirs + (dirs + 99) // 100


def walk(top):
    """Lists and stats everything: how many files, how many directories."""
    files = dirs = 0
    unread = [top]
    while unread:
        with os.scandir(unread.pop()) as entries:
            for e in entries:
                e.stat(follow_symlinks=False)
                if e.is_dir(follow_symlinks=False):
                    dirs += 1
                    unread.append(e.path)
                else:
                    files += 1
    return files, dirs


def one_tree(args, work, files):
    tree = work / "tree"
    tree.mkdir()
    top = tree / "top"
    top.mkdir()
    dirs = make_tree(top, files)
    with Mount(args, tree) as m:
        figure("mount over %d files" % files, m.seconds * 1e3, "ms")
        before = m.memory()
        with Clock(m, "walk and stat %d files" % files, files) as walked:
            found = walk(str(m.mnt / "top"))
        must(found == (files, dirs), "of %d files and %d directories %s were "
             "found" % (files, dirs, found))
        nodes = m.status()["nodes"]
        grown = (m.memory() - before) / nodes
        figure("memory after that, bytes a node (%d)" % nodes, grown)
        # Of a few nodes what is always there is too great a part.
        if nodes > 50000:
            must(grown <= NODE_BYTES, "%.0f bytes a node" % grown)
        must(m.descriptors() <= FEW, "too many descriptors")
        with Clock(m, "delete %d files" % files, files) as deleted:
            subprocess.run(["rm", "-rf", str(m.mnt / "top")], check=True)
        must(not top.exists(), "something is left")
    shutil.rmtree(tree)
    return walked.each, deleted.each


def part_tree(args, work):
    """The cost of a file, from a small tree to the big one."""
    first = one_tree(args, work, max(1000, args.files // 1000))
    last = one_tree(args, work, args.files)
    for what, a, b in zip(("walk", "delete"), first, last):
        figure("%s: cost of a file, big tree to small" % what, b / a, "x")


def churn(top, stop):
    """Makes and removes names, by ones and across each other."""
    i = 0
    while not stop.is_set():
        i += 1
        (top / ("new%d" % (i % 500))).touch()
        if i % 2:
            os.rename(top / ("new%d" % (i % 500)), top / "moved")
        (top / ("new%d" % ((i - 250) % 500))).unlink(missing_ok=True)


def list_while_changing(top, want):
    stop = threading.Event()
    other = threading.Thread(target=churn, args=(top, stop))
    other.start()
    try:
        for _ in range(3):
            got = os.listdir(top)
            must(len(got) == len(set(got)), "a name is listed twice")
            must(want <= set(got), "%d names that stay are not listed" %
                 len(want - set(got)))
    finally:
        stop.set()
        other.join()


def part_directory(args, work):
    tree = work / "tree"
    top = tree / "top"
    top.mkdir(parents=True)
    (tree / "few").mkdir()
    want = {"name-%07d" % i for i in range(args.names)}
    for n in want:
        os.close(os.open(top / n, os.O_WRONLY | os.O_CREAT, 0o644))
    with Mount(args, tree) as m:
        seen = m.mnt / "top"
        with Clock(m, "list a directory of %d names" % args.names, args.names):
            got = os.listdir(seen)
        must(len(got) == args.names and set(got) == want, "%d of %d names" %
             (len(set(got)), args.names))
        list_while_changing(seen, want)
        small = measure_in(m, m.mnt / "few", "in a small directory",
                           args.operations)
        big = measure_in(m, seen, "in a directory of %d names" % args.names,
                         args.operations)
        must(m.descriptors() <= FEW, "too many descriptors")
    ratios(small, big, "in a big directory, to a small one")
    shutil.rmtree(tree)
