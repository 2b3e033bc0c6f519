# SPDX-License-Identifier: MIT
"""A filesystem that syncfs(2) does nothing on: `from client import *`.

    with client() as c:                 # c.tree: an empty directory on it
        ...
        c.lines()                       # what it was told, a list of words each
        c.unflushed()                   # what a server may not have by now
"""

import contextlib
import os
import subprocess

from mounttest import HELPERS, TMP, run, wait_until


class Client:
    def __init__(self, name):
        self.tree, self.log = TMP / name, TMP / (name + ".log")
        self.store = TMP / (name + ".store")
        self.tree.mkdir()
        self.store.mkdir()
        self.server = subprocess.Popen(
            [HELPERS / "client", self.store, self.tree, self.log],
            stdin=subprocess.DEVNULL)
        wait_until(lambda: os.path.ismount(self.tree), "the client")

    def lines(self):
        return [line.split(" ") for line in self.log.read_text().splitlines()]

    def renamed_unflushed(self):
        """Files that were renamed while a server might not have their bytes."""
        dirty, found = set(), []
        for what, path, *to in self.lines():
            if what == "write":
                dirty.add(path)
            elif what == "fsync":
                dirty.discard(path)
            elif what == "rename" and path in dirty:
                found.append((path, to[0]))
                dirty.discard(path)
                dirty.add(to[0])
            elif what == "rename":
                dirty.discard(to[0])
        return found

    def unflushed_dirs(self):
        """Directories that got or lost a name by a rename, and no fsync."""
        dirty = set()
        for what, path, *to in self.lines():
            if what == "rename":
                dirty |= {os.path.dirname(p) or "." for p in (path, to[0])}
            elif what == "fsyncdir":
                dirty.discard(path)
        return dirty

    def end(self):
        run("umount", self.tree)
        self.server.wait()


@contextlib.contextmanager
def client(name="client"):
    c = Client(name)
    try:
        yield c
    finally:
        os.chdir(TMP)
        c.end()


__all__ = ["client"]
