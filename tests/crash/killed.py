# SPDX-License-Identifier: MIT
"""The daemon killed at a random moment under writers that do not know."""

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import history
import workload
from powercut import Mounts, leftovers, look, run


class Rounds:
    def __init__(self, idemfs, work, level, seed, writers):
        self.idemfs, self.work = str(idemfs), Path(work)
        self.level, self.writers = level, writers
        self.seed = seed
        self.tree, self.mnt = self.work / "tree", self.work / "m"
        self.note = self.work / "note"
        self.mnt.mkdir()

    def daemon(self):
        return subprocess.Popen(
            [self.idemfs, "mount", "-f", "--durability", self.level,
             str(self.tree), str(self.mnt)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def mounted(self, daemon):
        while not (self.mnt / ".checkpoints").exists():
            if daemon.poll() is not None:
                raise RuntimeError("the daemon ended with %d" %
                                   daemon.returncode)
            time.sleep(0.005)

    def crash(self, rng, seed):
        """A workload, and the end of its daemon; some writers die, too."""
        daemon = self.daemon()
        self.mounted(daemon)
        children = workload.start(str(self.mnt), str(self.note), seed, 60,
                                  self.writers)
        time.sleep(rng.uniform(0.02, 0.4))
        if rng.random() < 0.3:
            os.kill(children[0], signal.SIGKILL)
            time.sleep(rng.uniform(0, 0.1))
        daemon.kill()
        daemon.wait()
        codes = workload.end(children)
        if set(codes) - {3, -signal.SIGKILL}:
            raise RuntimeError("workload: processes ended with %s" % codes)

    def crash_recovery(self, rng):
        daemon = self.daemon()
        time.sleep(rng.uniform(0, 0.03))
        daemon.kill()
        daemon.wait()

    def one(self, number):
        """Sentences on what is wrong after round @number."""
        rng = random.Random("%s/%d" % (self.seed, number))
        self.tree.mkdir()
        self.note.write_bytes(b"")
        try:
            self.crash(rng, "%s/%d" % (self.seed, number))
            while rng.random() < 0.4:
                self.crash_recovery(rng)
            return self.check()
        finally:
            subprocess.run(["umount", "-l", str(self.mnt)], check=False,
                           stderr=subprocess.DEVNULL)
            shutil.rmtree(self.tree)

    def check(self):
        notes = self.note.read_text().splitlines()
        promises = history.Promises((n.split() for n in notes), "kill")
        seen = []
        for _ in range(2):
            with Mounts() as m:
                run(self.idemfs, "mount", self.tree, self.mnt)
                m.add(self.idemfs, "umount", self.mnt)
                seen.append(look(self.mnt))
        problems = list(promises.problems(*seen[0], "kill"))
        problems += ["left in tmp: %s" % n for n in leftovers(self.tree)]
        if seen[0] != seen[1]:
            problems.append("a second mount shows something else")
        return problems
