# SPDX-License-Identifier: MIT
"""What runs while the power is going to fail.

Each process owns some files and gives each a new state again and again; a
state is (size, crc) or absence. It notes "S file n size crc" before it begins
state n, "P file n CALL HOW" once the call that ends it has returned (close, or
the rename or unlink of a name), and "D file n" when it was promised to survive a power cut (fsync of
file and directory). One process makes marks: "B mark" before, "M mark" after.
Each note is one write, so their order among all processes is that of LOG.

As a command, workload.py LOG SEED SECONDS WRITERS works in the current directory, of
a mount that may be told to end: it makes no more marks then.
"""

import ctypes
import errno
import os
import random
import sys
import time
import traceback
import zlib

# What a program is told of a mount whose daemon has died.
GONE = (errno.ENOTCONN, errno.ECONNABORTED, errno.EIO)
ABSENT = ("-", "0")


def content(rng, size):
    return rng.randbytes(size)


class Writer:
    def __init__(self, mount, note, seed, number, files):
        self.rng = random.Random("%s/%s" % (seed, number))
        self.dir = os.path.join(mount, "d%d" % number)
        self.name = "d%d/f" % number
        self.note_fd = os.open(note, os.O_WRONLY | os.O_APPEND)
        self.data = {n: None for n in range(files)}
        self.count = {n: 0 for n in range(files)}
        os.makedirs(self.dir, exist_ok=True)

    def note(self, *words):
        os.write(self.note_fd, (" ".join(map(str, words)) + "\n").encode())

    def path(self, n):
        return os.path.join(self.dir, "f%d" % n)

    def write(self, path, data, flags, durable=False):
        fd = os.open(path, flags | os.O_WRONLY | os.O_CREAT, 0o644)
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view[:self.rng.choice((4096, 1 << 17))]):]
        if durable:
            os.fsync(fd)
        os.close(fd)

    def sync_dir(self):
        fd = os.open(self.dir, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(fd)
        os.close(fd)

    def step(self):
        n = self.rng.randrange(len(self.data))
        kind = self.rng.choices(
            ("write", "append", "part", "fsync", "unlink", "move", "swap"),
            (6, 3, 2, 2, 1, 1, 1))[0]
        if kind in ("move", "swap"):
            self.rename(kind, n, self.rng.randrange(len(self.data)))
            return
        old, new = self.data[n], None
        size = self.rng.choice((0, 1, 100, 4096, 5000, 70000, 300000))
        appends = old is not None and len(old) < 1 << 20
        if kind == "append" and appends:
            new = old + content(self.rng, size % 9000)
        elif kind != "unlink" or old is None:
            new = content(self.rng, size)
        count, name = self.begin(n, new)
        if new is None:
            os.unlink(self.path(n))
        elif kind == "append" and appends:
            self.write(self.path(n), new[len(old):], os.O_APPEND)
        elif kind == "part":
            self.write(self.path(n) + ".part", new, os.O_TRUNC)
            os.rename(self.path(n) + ".part", self.path(n))
        else:
            self.write(self.path(n), new, os.O_TRUNC, kind == "fsync")
        # Of a later rename or unlink, close has promised nothing, and of a
        # file that was opened and closed without a write neither: an append
        # of nothing is as durable as what was there.
        name_only = kind in ("part", "unlink") or new in (b"", old)
        self.note("P", name, count, "name" if name_only else "close", kind)
        if kind == "fsync":
            self.sync_dir()
            self.note("D", name, count)
        self.data[n] = new

    def begin(self, n, new):
        """File @n is about to become @new: its count and name."""
        self.count[n] += 1
        state = ABSENT if new is None else (len(new), zlib.crc32(new))
        name = "%s%d" % (self.name, n)
        self.note("S", name, self.count[n], *state)
        return self.count[n], name

    def rename(self, kind, a, b):
        """Over another file, or (swap) by a name that is no file's."""
        if a == b or self.data[a] is None:
            return
        ends = (a, self.data[b] if kind == "swap" else None), (b, self.data[a])
        begun = [self.begin(*end) for end in ends]
        if kind == "swap" and self.data[b] is not None:
            exchange(self.path(a), self.path(b))
        else:
            os.rename(self.path(a), self.path(b))
        for count, name in begun:
            self.note("P", name, count, "name", kind)
        for n, data in ends:
            self.data[n] = data


libc = ctypes.CDLL(None, use_errno=True)


def exchange(a, b):
    """renameat2(2) with RENAME_EXCHANGE."""
    at = -100  # AT_FDCWD
    if libc.renameat2(at, os.fsencode(a), at, os.fsencode(b), 2) < 0:
        raise OSError(ctypes.get_errno(), "renameat2", a)


def mark(mount, note, seed, until):
    rng = random.Random("%s/marks" % seed)
    fd = os.open(note, os.O_WRONLY | os.O_APPEND)
    n = 0
    while time.monotonic() < until:
        time.sleep(rng.uniform(0.01, 0.25))
        os.write(fd, b"B m%d\n" % n)
        with open(os.path.join(mount, ".checkpoints", "m%d" % n), "x"):
            pass
        os.write(fd, b"M m%d\n" % n)
        n += 1


def write(mount, note, seed, number, until, files):
    writer = Writer(mount, note, seed, number, files)
    while time.monotonic() < until:
        writer.step()


def start(mount, note, seed, seconds, writers, files=12, gone=GONE):
    """Starts all processes; returns their numbers, the marker's last."""
    until = time.monotonic() + seconds
    jobs = [(write, (mount, note, seed, i, until, files))
            for i in range(writers)]
    jobs.append((mark, (mount, note, seed, until)))
    children = []
    for job, args in jobs:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                job(*args)
                code = 0
            except OSError as e:
                code = 3 if e.errno in gone else 1
                raise
            finally:
                if code == 1:
                    traceback.print_exc()
                os._exit(code)
        children.append(pid)
    return children


def end(children):
    """Waits for all; their exit codes: 3 when the mount was gone."""
    return [os.waitstatus_to_exitcode(os.waitpid(p, 0)[1]) for p in children]


def run(*args, **kwargs):
    """Runs all processes to their end; raises when one of them failed."""
    codes = end(start(*args, **kwargs))
    if any(codes):
        raise RuntimeError("workload: processes ended with %s" % codes)


if __name__ == "__main__":
    end(start(".", sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]),
              gone=(*GONE, errno.EBUSY)))
