# SPDX-License-Identifier: MIT
"""What is measured: pieces of work of the worker, and real programs."""

import os
import random
import shutil
import subprocess
import time

DURABLE = "by hand, durable"
BY_HAND = ("by hand", DURABLE)


class Work:
    """One row: nanoseconds for one of what it counts."""

    def __init__(self, name, op, count, size, unit="one"):
        self.name, self.op, self.count, self.size = name, op, count, size
        self.unit = unit

    def suits(self, who):
        """Does it differ by hand at all, and is there such a thing there?"""
        if self.op == "mark":
            return who.marks or who.name == "by hand"
        writes = self.op in ("create", "overwrite", "append", "write",
                             "rewrite", "appendbig", "writers", "dirwriters",
                             "dirwriter")
        return writes or who.name not in BY_HAND

    def measure(self, worker, who):
        got = subprocess.run(
            [str(worker), *who.flags, self.op, str(who.dir), str(self.count),
             str(self.size)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, check=False, text=True)
        if got.returncode:
            raise RuntimeError("%s: %s" % (who.name, got.stderr.strip()))
        return int(got.stdout)


class Program:
    """One row: nanoseconds of a shell script in the directory."""

    op = "program"
    unit = "run"

    def __init__(self, name, script, needs, prepare=""):
        self.name, self.script, self.needs = name, script, needs
        self.prepare = prepare

    def suits(self, who):
        return who.name not in BY_HAND and \
            all(shutil.which(n) for n in self.needs)

    def shell(self, who, script):
        got = subprocess.run(["bash", "-euc", script], cwd=who.dir,
                             stdin=subprocess.DEVNULL, check=False,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, text=True)
        if got.returncode:
            raise RuntimeError("%s, %s: %s" % (who.name, self.name,
                                               got.stderr.strip()[-300:]))

    def measure(self, _, who):
        self.shell(who, self.prepare)
        start = time.monotonic_ns()
        self.shell(who, self.script)
        return time.monotonic_ns() - start


def make_sources(folder, files):
    """A tree of C files and a repository of it, to be unpacked and built."""
    src = os.path.join(folder, "src")
    os.mkdir(src)
    rng = random.Random(1)
    for i in range(files):
        sub = os.path.join(src, "d%d" % (i % 20))
        os.makedirs(sub, exist_ok=True)
        body = "".join("int f%d_%d(int x) { return x * %d + %d; }\n" %
                       (i, j, rng.randrange(99), j) for j in range(40))
        with open(os.path.join(sub, "u%d.c" % i), "w", encoding="ascii") as f:
            f.write(body)
    with open(os.path.join(folder, "lines"), "w", encoding="ascii") as f:
        f.writelines("%030d\n" % rng.randrange(10**12)
                     for _ in range(files * 1000))
    script = ("tar -C {0} -cf {0}/src.tar src; cd {0}/src; git init -q .; "
              "git add .; git -c user.name=b -c user.email=b commit -qm b"
              ).format(folder)
    subprocess.run(["bash", "-euc", script], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def everything(shared, scale):
    """All rows; @scale is 1, or less for a quick look."""
    def n(count):
        return max(2, int(count * scale))

    big = n(256)
    tar = "rm -rf src; tar -xf %s/src.tar" % shared
    return [
        Work("create 4 KiB", "create", n(2000), 4096),
        Work("overwrite 4 KiB", "overwrite", n(2000), 4096),
        Work("append 100 B, 4 KiB file", "append", n(1000), 4096),
        Work("append 100 B, %d MiB file" % big, "appendbig", n(4), big),
        Work("8 writers, 4 KiB", "writers", n(2000), 4096),
        Work("8 writers, 8 directories", "dirwriters", n(2000), 4096),
        Work("1 writer, 8 directories", "dirwriter", n(2000), 4096),
        Work("write 4 KiB blocks", "write", n(16384), 4096),
        Work("write 128 KiB blocks", "write", n(1024), 128 << 10),
        Work("write 1 MiB blocks", "write", n(256), 1 << 20),
        Work("read 4 KiB blocks", "read", n(16384), 4096),
        Work("read 128 KiB blocks", "read", n(1024), 128 << 10),
        Work("read 1 MiB blocks", "read", n(256), 1 << 20),
        Work("rewrite 4 KiB at random", "rewrite", n(4096), 4096),
        Work("stat, warm", "stat", n(5000), 4096),
        Work("open + read 4 KiB, warm", "openread", n(3000), 4096),
        Work("readdir of 10,000", "readdir", n(5), n(10000)),
        Work("unlink", "unlink", n(2000), 4096),
        Work("rename", "rename", n(2000), 4096),
        Work("mark after 1 file", "mark", 1, 4096),
        Work("mark after 100 files", "mark", n(100), 4096),
        Work("mark after 10,000 files", "mark", n(10000), 4096),
        Program("untar a source tree", tar, ["tar"], "rm -rf src"),
        Program("git clone", "git clone -q %s/src clone" % shared, ["git"],
                "rm -rf clone"),
        Program("git status", "git -C clone status", ["git"],
                "[ -d clone ] || git clone -q %s/src clone; "
                "find clone -name '*.c' -exec touch {} +" % shared),
        Program("parallel compile", "find src -name '*.c' | head -n %d | "
                "xargs -P 4 -I{} gcc -c {} -o {}.o" % n(100),
                ["gcc", "tar"], tar),
        Program("sort a big file", "sort -o sorted lines", ["sort"],
                "cp %s/lines lines" % shared),
    ]
