# SPDX-License-Identifier: MIT
"""A filesystem of the case's own behind a loop device: `from loopdisk import *`.

    with loop_disk("xfs", 320 << 20) as disk:
        disk.tree                       # an empty directory on it
        disk.attach()                   # again, after an unmount
        with disk.cut() as tree:        # what it is after a power cut now
            ...
        disk.snapshot()                 # or as an image, to attach()
"""

import contextlib
import os
import subprocess

import backing
from mounttest import TMP, run


class LoopDisk:
    def __init__(self, kind, size, options, name):
        self.image, self.root = TMP / (name + ".image"), TMP / name
        self.tree = self.root / "tree"
        self.options = ",".join(["loop"] + options)
        with open(self.image, "wb") as f:
            f.truncate(size)
        run(*backing.MKFS[kind], self.image)
        self.root.mkdir()
        self.attach()
        self.tree.mkdir()

    def attach(self, image=None):
        run("mount", "-o", self.options, image or self.image, self.root)

    def detach(self):
        run("umount", "-l", self.root, status=None, stderr=subprocess.DEVNULL)

    def snapshot(self):
        image = self.image.with_suffix(".cut")
        run("cp", "--sparse=always", self.image, image)
        return image

    @contextlib.contextmanager
    def cut(self):
        """A copy of what has come to the disk; the log is replayed."""
        root = TMP / "cut"
        root.mkdir()
        run("mount", "-o", "loop", self.snapshot(), root)
        try:
            yield root / self.tree.name
        finally:
            os.chdir(TMP)
            run("umount", "-l", root)
            root.rmdir()


@contextlib.contextmanager
def loop_disk(kind, size, *options, name="disk"):
    """@options: of mount(8)."""
    disk = LoopDisk(kind, size, list(options), name)
    try:
        yield disk
    finally:
        os.chdir(TMP)
        disk.detach()


__all__ = ["loop_disk"]
