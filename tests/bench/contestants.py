# SPDX-License-Identifier: MIT
"""What is measured: the filesystem itself, idemfs in its ways, its peers."""

import os
import shutil
import subprocess
from pathlib import Path


def run(*argv, **kwargs):
    got = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         check=False, **kwargs)
    if got.returncode:
        raise RuntimeError("%s: %s" % (" ".join(map(str, argv)),
                                       got.stdout.decode().strip()))
    return got.stdout.decode()


class Contestant:
    """Works in self.dir between start() and stop()."""

    marks = False

    def __init__(self, name, flags=()):
        self.name, self.flags = name, list(flags)

    def why_not(self):
        """The reason why this one cannot take part here, or None."""
        return None

    def start(self, folder):
        self.folder = Path(folder)
        self.dir = self.folder / "m"
        self.dir.mkdir(parents=True)

    def stop(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Peer(Contestant):
    """A filesystem that shows folder/b at folder/m."""

    def __init__(self, name, program, argv, umount=("umount",)):
        super().__init__(name)
        self.program, self.argv, self.umount = program, argv, umount

    def why_not(self):
        if os.geteuid() != 0:
            return "mounting it takes root"
        if self.program != "mount" and not shutil.which(self.program):
            return "%s is not installed" % self.program
        return None

    def start(self, folder):
        super().start(folder)
        for d in ("b", "low", "work"):
            (self.folder / d).mkdir()
        run(*[a.format(f=self.folder, b=self.folder / "b", m=self.dir)
              for a in self.argv])

    def stop(self):
        run(*self.umount, self.dir)
        super().stop()


class Idemfs(Contestant):
    marks = True

    def __init__(self, name, binary, options):
        super().__init__(name)
        self.binary, self.options = binary, options

    def start(self, folder):
        super().start(folder)
        (self.folder / "b").mkdir()
        run(self.binary, "mount", *self.options, self.folder / "b", self.dir)

    def stop(self):
        run(self.binary, "umount", self.dir)
        super().stop()


OVERLAY = "lowerdir={f}/low,upperdir={b},workdir={f}/work"


def everyone(idemfs, before=None):
    """All there are; the first is what the others are compared with.

    before is an older build of idemfs, or None.
    """
    return [
        Contestant("native"),
        Contestant("by hand", ["--by-hand"]),
        Contestant("by hand, durable", ["--by-hand", "--durable"]),
        *([Idemfs("idemfs before", before, [])] if before else []),
        Idemfs("idemfs", idemfs, []),
        Idemfs("idemfs, no passthrough", idemfs, ["--passthrough", "off"]),
        Idemfs("idemfs, none", idemfs, ["--durability", "none"]),
        Idemfs("idemfs, close", idemfs, ["--durability", "close"]),
        Peer("overlayfs", "mount", ["mount", "-t", "overlay", "overlay", "-o",
                                    OVERLAY, "{m}"]),
        Peer("bindfs", "bindfs", ["bindfs", "{b}", "{m}"]),
        Peer("mergerfs", "mergerfs", ["mergerfs", "-o", "minfreespace=0", "{b}",
                                       "{m}"]),
        Peer("fuse-overlayfs", "fuse-overlayfs",
             ["fuse-overlayfs", "-o", OVERLAY, "{m}"]),
        Peer("unionfs-fuse", "unionfs-fuse", ["unionfs-fuse", "{b}=RW", "{m}"]),
    ]
