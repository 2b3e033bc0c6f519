# SPDX-License-Identifier: MIT
"""A mount to measure, and the small operations that are measured in it."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from figures import Clock, figure, must, problem

FEW = 1024  # descriptors


class Mount:
    """A daemon over @tree, with so many descriptors at most."""

    def __init__(self, args, tree, descriptors=FEW):
        self.tree, self.mnt = tree, tree.with_name("m")
        self.mnt.mkdir(exist_ok=True)
        began = time.monotonic()
        limit = (descriptors, descriptors)
        self.daemon = subprocess.Popen(
            [str(args.idemfs), "mount", "-f", *args.options, str(tree),
             str(self.mnt)], stdin=subprocess.DEVNULL,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                                  limit))
        while not (self.mnt / ".checkpoints").exists():
            if self.daemon.poll() is not None:
                sys.exit("scale: the daemon ended at once")
            time.sleep(0.001)
        self.seconds = time.monotonic() - began

    def memory(self):
        """Bytes that are its own, at rest."""
        text = Path("/proc/%d/status" % self.daemon.pid).read_text()
        line = next(s for s in text.splitlines() if s.startswith("RssAnon"))
        return int(line.split()[1]) * 1024

    def cpu(self):
        """Seconds of the daemon, and of this process and its children."""
        # The CPU clock of another process, as clock_getcpuclockid(3) has it.
        theirs = time.clock_gettime(~self.daemon.pid << 3 | 2)
        gone = resource.getrusage(resource.RUSAGE_CHILDREN)
        return theirs, time.process_time() + gone.ru_utime + gone.ru_stime

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.daemon.pid))

    def status(self):
        got = subprocess.run(
            [self.daemon.args[0], "status", "--json", str(self.mnt)],
            stdout=subprocess.PIPE, check=True)
        return json.loads(got.stdout)

    def __enter__(self):
        return self

    def crash(self):
        self.daemon.kill()
        self.daemon.wait()
        subprocess.run(["umount", "-l", str(self.mnt)], check=True)

    def __exit__(self, *_):
        if self.daemon.returncode is not None:
            return
        self.daemon.terminate()
        if self.daemon.wait():
            problem("the daemon ended with %d" % self.daemon.returncode)


def peak(m):
    text = Path("/proc/%d/status" % m.daemon.pid).read_text()
    return int(text.split("VmHWM:")[1].split()[0]) / 1024


def timed(name, argv, want=0):
    """Runs it: its output; says how long it took, and its memory, as far as
    that can be told from our own, which it begins with."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    p = subprocess.Popen([str(a) for a in argv], stdout=subprocess.PIPE)
    out = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    figure(name, time.monotonic() - began, "s")
    if usage.ru_maxrss > own * 1.1:
        figure(name + ", memory", usage.ru_maxrss / 1024, "MiB")
    must(p.returncode == want, "%s: status %d" % (name, p.returncode))
    return out.decode(errors="replace")


def measure_in(m, top, where, count):
    """Creates, overwrites, reads and removes files in @top."""
    names = [str(top / ("x%d" % i)) for i in range(count)]
    costs = []
    for what, call in (("create", write_file), ("overwrite", write_file),
                       ("open and read", read_file), ("stat", os.stat),
                       ("unlink", os.unlink)):
        with Clock(m, "%s, %s" % (what, where), count) as c:
            for n in names:
                call(n)
        costs.append((what, c.each))
    return costs


def write_file(name):
    fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.write(fd, b"some bytes\n")
    os.close(fd)


def read_file(name):
    fd = os.open(name, os.O_RDONLY)
    os.read(fd, 100)
    os.close(fd)
