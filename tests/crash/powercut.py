# SPDX-License-Identifier: MIT
"""Power cuts: a workload on a recorded disk, and the states a cut may leave.

Each state is made, mounted (the filesystem replays its journal), recovered by
a mount of idemfs, and checked against what the workload had been promised.
"""

import json
import os
import random
import re
import shutil
import subprocess
import time
import zlib
from pathlib import Path

import backing
import history
import workload

SIZES = {"ext4": 48 << 20, "xfs": 320 << 20, "btrfs": 128 << 20}


def run(*argv, timeout=120):
    got = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                         timeout=timeout, check=False)
    if got.returncode:
        raise RuntimeError("%s: %s" % (" ".join(map(str, argv)),
                                       got.stdout.decode().strip()))
    return got.stdout.decode()


class Mounts:
    """What is mounted, taken away in reverse order whatever happens."""

    def __init__(self):
        self.undo = []

    def __enter__(self):
        return self

    def add(self, *undo):
        self.undo.append(undo)

    def __exit__(self, *_):
        trouble = []
        for argv in reversed(self.undo):
            try:
                run(*argv)
            except (RuntimeError, subprocess.TimeoutExpired) as e:
                trouble.append(e)
        self.undo = []
        if trouble:
            raise trouble[0]


def look(mnt):
    """The files of the tree as the mount shows them, and the marks."""
    found = {}
    for path in mnt.glob("d*/*"):
        data = path.read_bytes()
        found["%s/%s" % (path.parent.name, path.name)] = (
            str(len(data)), str(zlib.crc32(data)))
    return found, set(os.listdir(mnt / ".checkpoints"))


def another_boot(tree):
    """The history is believed as after a cut: it is of another boot."""
    changes = tree / ".idemfs" / "changes"
    if not changes.exists():
        return
    with open(changes, "r+b") as f:
        boot = re.match(rb"# idemfs-changes 1 ([0-9a-f])[0-9a-f-]{35}\n",
                        f.read(128))
        if boot:
            f.seek(boot.start(1))
            f.write(b"0" if boot.group(1) != b"0" else b"1")


def judge(idemfs, mnt, loose):
    """Sentences on marks that do not hold although they should.

    A file that a mark tells of may have been torn if it is @loose, and then
    its marks are stale.
    """
    got = subprocess.run([str(idemfs), "verify", "--full", "--json", str(mnt)],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         check=False)
    stale = set()
    for p in json.loads(got.stdout)["problems"]:
        stale.add(p["mark"])
        if p["path"] not in loose and not p["path"].endswith(".part"):
            yield "mark %s does not hold: %s is %s" % (
                p["mark"], p["path"], p["problem"])
    if stale:
        return
    for mark in sorted(os.listdir(mnt / ".checkpoints"))[-3:]:
        got = subprocess.run([str(idemfs), "step", mark, "--", "false"],
                             cwd=mnt, stdin=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, check=False)
        if got.returncode:
            yield "step %s was done again" % mark


def leftovers(tree):
    """What is left of pending versions, when nothing is mounted."""
    return [p.name for p in (tree / ".idemfs" / "tmp").iterdir()]


class Campaign:
    def __init__(self, idemfs, recorder, work, kind, level, seed):
        self.idemfs, self.recorder = idemfs, recorder
        self.work, self.kind, self.level = Path(work), kind, level
        self.seed = seed
        self.fs, self.mnt = self.work / "fs", self.work / "m"
        for d in (self.fs, self.mnt, self.work / "rec"):
            d.mkdir()
        self.base, self.log = self.work / "base", self.work / "log"

    # --- recording -------------------------------------------------------

    def make_base(self):
        with open(self.base, "wb") as f:
            f.truncate(SIZES[self.kind])
        run(*backing.MKFS[self.kind], self.base)
        with Mounts() as m:
            self.mount_image(self.base, m)
            (self.fs / "out").mkdir()
            # The state directory is made at leisure, once.
            self.mount_idemfs(m)

    def mount_image(self, image, mounts):
        run("mount", "-o", "loop", image, self.fs)
        mounts.add("umount", self.fs)

    def mount_idemfs(self, mounts):
        run(self.idemfs, "mount", "--durability", self.level,
            self.fs / "out", self.mnt)
        mounts.add(self.idemfs, "umount", self.mnt)

    def record(self, seconds, writers):
        image, rec = self.work / "image", self.work / "rec"
        run("cp", "--sparse=always", self.base, image)
        server = subprocess.Popen([self.recorder, image, self.log, rec],
                                  stdin=subprocess.DEVNULL)
        try:
            while not (rec / "disk").exists():
                if server.poll() is not None:
                    raise RuntimeError("the recorder did not start")
                time.sleep(0.01)
            with Mounts() as m:
                m.add("umount", rec)
                self.mount_image(rec / "disk", m)
                self.mount_idemfs(m)
                workload.run(str(self.mnt), str(rec / "note"), self.seed,
                             seconds, writers)
        finally:
            server.wait(timeout=60)
        image.unlink()

    # --- checking --------------------------------------------------------

    def check(self, cut):
        """Sentences on what is wrong after @cut, with the image in place."""
        promises = history.Promises(
            (words for _, words in cut.log.notes(cut.upto)), self.level)
        state = self.work / "state"
        with Mounts() as m:
            self.mount_image(state, m)
            with Mounts() as inner:
                another_boot(self.fs / "out")
                self.mount_idemfs(inner)
                found, marks = look(self.mnt)
                stale = list(judge(self.idemfs, self.mnt,
                                   promises.loose(marks)))
            problems = list(promises.problems(found, marks, self.level))
            problems += ["left in tmp: %s" % n
                         for n in leftovers(self.fs / "out")] + stale
            with Mounts() as inner:  # recovery has nothing more to do
                self.mount_idemfs(inner)
                if look(self.mnt) != (found, marks):
                    problems.append("a second mount shows something else")
        return problems

    def states(self, count):
        """Checks @count cuts; yields (cut, problems)."""
        log = history.Log(self.log)
        rng = random.Random("%s/cuts" % self.seed)
        first = next((i for i, _ in log.notes(len(log.records))), 0)
        points = sorted(rng.sample(range(first, len(log.records) + 1),
                                   min(count, len(log.records) - first)))
        # Half a superblock cannot be mounted: btrfs counts on its 4 KiB.
        sector = 4096 if self.kind == "btrfs" else history.SECTOR
        done, running = 0, self.work / "running"
        run("cp", "--sparse=always", self.base, running)
        for upto in points:
            cut = history.Cut(log, upto, self.seed, sector)
            with open(running, "r+b") as image:
                while done < cut.flushed:
                    log.apply(image, done)
                    done += 1
            run("cp", "--sparse=always", running, self.work / "state")
            with open(self.work / "state", "r+b") as image:
                cut.leave(image)
            yield cut, self.check(cut)

    def keep(self, where):
        shutil.copy(self.work / "state", where)
