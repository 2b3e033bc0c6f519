# SPDX-License-Identifier: MIT
"""Power cuts by the filesystem itself: the shutdown ioctl, no log flushed.

After it the filesystem writes nothing any more, as if the power had gone; what
is on its disk is what its journal and the flushes before have put there.
"""

import errno
import fcntl
import os
import random
import struct
import subprocess
import time
from pathlib import Path

import backing
import history
import workload
from powercut import SIZES, Mounts, leftovers, look, run

SHUTDOWN = 0x8004587d  # _IOR('X', 125, __u32), of XFS, ext4, btrfs and others
NO_LOG_FLUSH = 2
# A program that goes on may find that the file it has closed is nowhere.
GONE = workload.GONE + (errno.ENOENT, errno.EROFS)


def daemon_of(mount):
    text = (mount / ".checkpoints" / ".control").read_text()
    return int(dict(line.split(" ", 1) for line in text.splitlines())["pid"])


def is_alive(pid):
    try:
        text = Path("/proc/%d/status" % pid).read_text()
    except OSError:
        return False
    return "\nState:\tZ" not in text


class Cuts:
    def __init__(self, idemfs, work, kind, level, seed, writers):
        self.idemfs, self.work = str(idemfs), Path(work)
        self.kind, self.level, self.writers = kind, level, writers
        self.seed = seed
        self.fs, self.mnt = self.work / "fs", self.work / "m"
        self.note, self.base = self.work / "note", self.work / "base"
        self.fs.mkdir()
        self.mnt.mkdir()
        with open(self.base, "wb") as f:
            f.truncate(SIZES[kind])
        run(*backing.MKFS[kind], self.base)

    def cut(self, rng, seed):
        with Mounts() as m:
            run("mount", "-o", "loop", self.work / "image", self.fs)
            m.add("umount", self.fs)
            (self.fs / "out").mkdir()
            run(self.idemfs, "mount", "--durability", self.level,
                self.fs / "out", self.mnt)
            pid = daemon_of(self.mnt)
            children = workload.start(str(self.mnt), str(self.note), seed, 60,
                                      self.writers, gone=GONE)
            time.sleep(rng.uniform(0.05, 1))
            # What was noted before the cut began was promised before it.
            notes = self.note.read_text().splitlines()
            fd = os.open(self.fs, os.O_RDONLY)
            fcntl.ioctl(fd, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
            os.close(fd)
            codes = workload.end(children)
            self.unmount_dead(pid)
        if set(codes) - {3}:
            raise RuntimeError("workload: processes ended with %s" % codes)
        return notes

    def unmount_dead(self, pid):
        """The daemon lets go of a filesystem that answers with errors."""
        for argv in ([self.idemfs, "umount"], ["umount", "-l"]):
            # It may not even be looked at: os.path.ismount() would say no.
            if " %s " % self.mnt in Path("/proc/self/mountinfo").read_text():
                subprocess.run(argv + [str(self.mnt)], check=False,
                               stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, timeout=60)
        for _ in range(600):
            if not is_alive(pid):
                return
            time.sleep(0.1)
        raise RuntimeError("the daemon did not end")

    def one(self, number):
        """Sentences on what is wrong after cut @number."""
        rng = random.Random("%s/%d" % (self.seed, number))
        self.note.write_bytes(b"")
        run("cp", "--sparse=always", self.base, self.work / "image")
        before = self.cut(rng, "%s/%d" % (self.seed, number))
        promises = history.Promises((n.split() for n in before), self.level)
        # What was begun, and promised or not, while it was cut may be there.
        for n in self.note.read_text().splitlines()[len(before):]:
            if n[0] in "SB":
                promises.take(n.split(), self.level)
        return self.check(promises)

    def check(self, promises):
        with Mounts() as m:
            run("mount", "-o", "loop", self.work / "image", self.fs)
            m.add("umount", self.fs)
            with Mounts() as inner:
                run(self.idemfs, "mount", self.fs / "out", self.mnt)
                inner.add(self.idemfs, "umount", self.mnt)
                found, marks = look(self.mnt)
            problems = list(promises.problems(found, marks, self.level))
            problems += ["left in tmp: %s" % n
                         for n in leftovers(self.fs / "out")]
        return problems
