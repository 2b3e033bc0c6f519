# SPDX-License-Identifier: MIT
"""The daemon, or idemfs run, killed at a random moment under writers."""

import os
import random
import shutil
import signal
import subprocess
import sys
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
            for place in self.mnt, self.tree:
                subprocess.run(["umount", "-l", str(place)], check=False,
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


class Runs(Rounds):
    """idemfs run is killed itself, and run again at once."""

    def command(self, *command):
        return [self.idemfs, "run", "--durability", self.level, "--drain", "1",
                str(self.tree), "--", *command]

    def crash(self, rng, seed):
        """Returns once no process of the workload is left."""
        with open(self.work / "errors", "w+") as errors:
            p = subprocess.Popen(
                self.command(sys.executable, workload.__file__,
                             str(self.note), seed, "60", str(self.writers)),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=errors, start_new_session=True)
            # At times before there is a mount, or a command.
            if rng.random() < 0.7:
                while not self.note.stat().st_size and p.poll() is None:
                    time.sleep(0.005)
            self.kill_after(p, rng.uniform(0, 0.3), rng.random() < 0.3)
            again = self.again()
            # The writers, whose parent was killed, have it, too.
            p.stdout.read()
            p.stdout.close()
            self.need(again)
            errors.seek(0)
            said = errors.read()
            if "Traceback" in said:
                raise RuntimeError("workload: %s" % said)

    def crash_recovery(self, rng):
        p = subprocess.Popen(self.command("sleep", "60"),
                             stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        self.kill_after(p, rng.uniform(0, 0.1))
        self.need(self.again())

    @staticmethod
    def kill_after(p, seconds, group=False):
        """With its command, too, if @group."""
        time.sleep(seconds)
        if p.poll() is not None:
            raise RuntimeError("idemfs run ended with %d" % p.returncode)
        if group:
            os.killpg(p.pid, signal.SIGKILL)
        else:
            p.kill()
        p.wait()

    def again(self):
        return subprocess.run(self.command("true"), check=False,
                              stdin=subprocess.DEVNULL, capture_output=True)

    @staticmethod
    def need(done):
        if done.returncode:
            raise RuntimeError("the next run ended with %d: %s" % (
                done.returncode, done.stderr.decode()))
