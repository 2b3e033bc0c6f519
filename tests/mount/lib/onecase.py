# SPDX-License-Identifier: MIT
"""Runs one case on one mount, and prints what came of it as a line of JSON.

The runner starts this program once a run, in a session of its own. It is the
subreaper of everything below it, so that no process of a case can get away,
and it cleans up when it is told to end or when the runner dies.
"""

import ctypes
import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time

import backing
import header

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
# What a sanitizer and assert() print; not the names of files, which the log
# is full of (a pipeline's own assert.h).
SPOKEN = re.compile(
    r"\w+Sanitizer:|: runtime error: |Assertion [`'].*' failed")
TEMP_PREFIX = ".idemfs-tmp."
SETTLE = 60  # seconds that a daemon may take to start or to end


class Failed(Exception):
    """The case failed; the text says why."""


class Skipped(Exception):
    """The case cannot run here; the text says why."""


class Told(BaseException):
    """A signal told this program to end."""


def tail(path, most=200):
    try:
        with open(path, errors="replace") as f:
            lines = f.read().splitlines()
    except OSError:
        return ""
    if len(lines) > most:
        lines = ["… %d lines more …" % (len(lines) - most)] + lines[-most:]
    return "\n".join(lines)


def digest(path):
    """A sanitizer's report: its beginning, and how often it found what."""
    with open(path, errors="replace") as f:
        lines = f.read().splitlines()
    found = {}
    for line in lines:
        if line.startswith("SUMMARY"):
            found[line] = found.get(line, 0) + 1
    return "\n".join(lines[:80] + ["%d times %s" % (n, line)
                                   for line, n in found.items()])


def about(pid):
    """(state, command) of a process, from what can be read at any moment.

    /proc/PID/stat is not: it waits for a process that is in execve, which may
    itself be waiting for a daemon that hangs.
    """
    try:
        with open("/proc/%d/status" % pid, errors="replace") as f:
            lines = dict(line.rstrip("\n").split(":\t", 1) for line in f
                         if ":\t" in line)
    except OSError:
        return "X", "?"
    return lines.get("State", "X")[0], lines.get("Name", "?")


def children(pid):
    found = []
    try:
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, task)) as f:
                found += map(int, f.read().split())
    except OSError:
        pass
    return found


def descendants(of):
    """pid: command of all processes below @of that are alive."""
    below = {}
    todo = [of]
    while todo:
        for pid in children(todo.pop()):
            state, name = about(pid)
            if pid not in below:
                todo.append(pid)
                if state not in "ZX":
                    below[pid] = name
    return below


def mounts_below(folder):
    with open("/proc/self/mountinfo", errors="replace") as f:
        points = [line.split()[4] for line in f]
    points = [p.encode().decode("unicode_escape") for p in points]
    return [p for p in points if p == folder or p.startswith(folder + "/")]


def is_fuse(where):
    """Looks at the table: a stat may not be allowed, or hang."""
    with open("/proc/self/mountinfo", errors="replace") as f:
        return any(line.split()[4] == where and " - fuse" in line
                   for line in f)


class Case:
    def __init__(self, spec):
        self.spec, self.head = spec, spec["head"]
        self.native = spec["native"]
        self.dir = spec["dir"]
        self.daemon = None
        self.own_mounts = []
        self.notes = []  # what else to print when it failed
        self.scale = spec["scale"]
        self.user = None

    # --- before ---------------------------------------------------------

    def path(self, *parts):
        return os.path.join(self.dir, *parts)

    def check_needs(self):
        needs = list(self.head["needs"])
        if self.head["backing"] or self.head["as"]:
            needs.append("root")
        reason = header.missing(needs, self.spec["idemfs"])
        if reason:
            raise Skipped(reason)

    def make_dirs(self):
        os.mkdir(self.dir, 0o755)
        for name in ("tmp", "m", "san"):
            os.mkdir(self.path(name))
        os.chmod(self.path("san"), 0o1777)
        self.tmp = self.path("tmp")
        store = self.spec["store"]
        if self.head["backing"]:
            kind, size = self.head["backing"].split()
            store, made = backing.mount_new(
                kind, backing.parse_size(size), self.path("fs"))
            self.own_mounts += made
        self.backing = os.path.join(store, "b%d" % self.spec["number"])
        os.mkdir(self.backing, 0o755)
        self.mnt = self.path("m")
        if self.native:
            self.mnt = self.backing
        elif self.head["mount"] == "over":
            self.mnt = self.backing
            self.backing = self.view(self.backing)
        if self.head["as"]:
            self.user = pwd.getpwnam(self.head["as"])
            for d in (self.tmp, self.path("m"), self.backing):
                os.chown(d, self.user.pw_uid, self.user.pw_gid)

    def view(self, folder):
        """Another way to @folder, for when a mount lies over it."""
        if os.geteuid() != 0:
            return ""
        other = self.path("view")
        os.mkdir(other)
        backing.quiet("mount", "--bind", folder, other)
        self.own_mounts.append(other)
        return other

    def environ(self):
        env = dict(os.environ)
        log = "log_path=" + self.path("san", "report")
        env.update(
            BACKING=self.backing, MNT=self.mnt, IDEMFS=self.spec["idemfs"],
            TMP=self.tmp, TMPDIR=self.tmp, HOME=self.tmp, LC_ALL="C.UTF-8",
            TESTS=self.spec["tests"], HELPERS=self.spec["helpers"],
            STRESS=self.spec["stress"],
            FS=self.spec["fs"], OPTIONS=self.spec["options"],
            NATIVE="yes" if self.native else "",
            BRIEF="yes" if self.spec.get("brief") else "",
            PYTHONPATH=os.path.join(self.spec["tests"], "lib"),
            PYTHONDONTWRITEBYTECODE="1",
            ASAN_OPTIONS=log, LSAN_OPTIONS=log + ":print_suppressions=0",
            TSAN_OPTIONS=log + ":second_deadlock_stack=1",
            UBSAN_OPTIONS=log + ":print_stacktrace=1")
        if self.daemon:
            env["DAEMON"] = str(self.daemon.pid)
        return env

    def popen(self, argv, out, cwd):
        user = {}
        if self.user:
            user = dict(user=self.user.pw_uid, group=self.user.pw_gid,
                        extra_groups=[])
        with open(self.path(out), "wb") as f:
            # "env -C" is the user by then, which root's chdir is not.
            return subprocess.Popen(
                ["env", "-C", cwd] + argv, env=self.environ(), stdin=subprocess.DEVNULL,
                stdout=f, stderr=subprocess.STDOUT, start_new_session=True,
                **user)

    def start_daemon(self):
        argv = [self.spec["idemfs"], "mount", "-f"]
        argv += self.spec["options"].split()
        argv += [self.backing, self.mnt] if self.head["mount"] == "yes" \
            else [self.mnt]
        self.daemon = self.popen(argv, "daemon.out", "/")
        end = time.monotonic() + SETTLE * self.scale
        while not is_fuse(self.mnt):
            if self.daemon.poll() is not None:
                raise Failed("the daemon ended with status %d instead of "
                             "mounting" % self.daemon.returncode)
            if time.monotonic() > end:
                raise Failed("not mounted after %d s" % (SETTLE * self.scale))
            time.sleep(0.01)

    # --- the case itself ------------------------------------------------

    def run_case(self):
        script = self.spec["case"]
        shell = script.endswith(".sh")
        cwd = self.tmp if self.head["mount"] == "no" and not self.native \
            else self.mnt
        child = self.popen(["bash" if shell else sys.executable, script],
                           "case.out", cwd)
        status = self.wait_for(child)
        if status == 77:
            last = tail(self.path("case.out")).splitlines() or ["(no reason)"]
            raise Skipped(last[-1])
        if status != 0:
            raise Failed("ended by signal %d" % -status if status < 0 else
                         "exit status %d" % status)
        self.wait_for_strays()

    def wait_for(self, child):
        """Its status; meanwhile collects what is left to this subreaper."""
        limit = float(self.head["timeout"]) * self.scale
        end = time.monotonic() + limit
        while child.poll() is None:
            self.reap(child.pid)
            if time.monotonic() > end:
                self.dump_stacks()
                raise Failed("not done after %d s" % limit)
            time.sleep(0.01)
        return child.returncode

    def strays(self):
        found = descendants(os.getpid())
        if self.daemon:
            found.pop(self.daemon.pid, None)
        return found

    def wait_for_strays(self):
        """Processes that the case left may take a moment to be gone."""
        end = time.monotonic() + 10 * self.scale
        while True:
            self.reap()
            left = self.strays()
            if not left:
                return
            if time.monotonic() > end:
                raise Failed("left running: " + ", ".join(
                    "%s (%d)" % (c, p) for p, c in left.items()))
            time.sleep(0.01)

    def reap(self, *kept):
        """Collects adopted children, but not the status of our own."""
        for pid in children(os.getpid()):
            if about(pid)[0] == "Z" and pid not in kept and \
                    not (self.daemon and pid == self.daemon.pid):
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    pass

    def dump_stacks(self):
        found = descendants(os.getpid())
        self.notes.append("processes: " + ", ".join(
            "%s (%d)" % (c, p) for p, c in sorted(found.items())))
        daemons = [p for p, c in found.items() if c.startswith("idemfs")]
        for pid in daemons if shutil.which("gdb") else []:
            got = subprocess.run(
                ["gdb", "-p", str(pid), "-batch", "-ex",
                 "thread apply all bt 16"], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                timeout=60, text=True, errors="replace", check=False)
            self.notes.append("stacks of %d:\n%s" % (pid, "\n".join(
                line for line in got.stdout.splitlines()
                if line.startswith(("Thread", "#")))))

    # --- after ----------------------------------------------------------

    def end_daemon(self):
        if self.head["daemon"] == "stays":
            if self.daemon.poll() is not None:
                raise Failed("the daemon ended with status %d during the case"
                             % self.daemon.returncode)
            got = self.popen([self.spec["idemfs"], "umount", self.mnt],
                             "umount.out", "/")
            if got.wait(SETTLE * self.scale):
                raise Failed("umount: status %d: %s" % (
                    got.returncode, tail(self.path("umount.out"))))
        try:
            status = self.daemon.wait(SETTLE * self.scale)
        except subprocess.TimeoutExpired:
            self.dump_stacks()
            raise Failed("the daemon did not end") from None
        if status != int(self.head["status"]):
            raise Failed("the daemon ended with status %d" % status)

    def check_quiet(self):
        texts = [(n, tail(self.path("san", n), 400))
                 for n in os.listdir(self.path("san"))]
        if self.daemon:
            texts.append(("daemon", tail(self.path("daemon.out"))))
        log = self.log_text()
        for name, text in texts + [("log", log)]:
            if name != "log" and name != "daemon" or SPOKEN.search(text):
                raise Failed("%s: a sanitizer, an assertion or a leak" % name)
        errors = [line for line in log.splitlines()
                  if re.match(r"\S+ \S+ error:", line)]
        if errors and self.head["log"] == "quiet":
            raise Failed("the log has an error: " + errors[0])

    def log_text(self):
        return tail(os.path.join(self.backing, ".idemfs", "log"), 1000) \
            if self.backing else ""

    def check_left(self):
        left = set(mounts_below(self.dir)) - set(self.own_mounts)
        left |= {m for m in mounts_below(self.backing)
                 if self.backing and m not in self.own_mounts}
        if left:
            raise Failed("mounted still: " + ", ".join(sorted(left)))
        if not self.backing:
            return
        state = os.path.join(self.backing, ".idemfs")
        if os.path.isdir(os.path.join(state, "tmp")):
            temps = os.listdir(os.path.join(state, "tmp"))
            if temps:
                raise Failed("left in .idemfs/tmp: " + ", ".join(temps))
        for folder, _, names in os.walk(self.backing):
            for n in names:
                if n.startswith(TEMP_PREFIX):
                    raise Failed("left: " + os.path.join(folder, n))
        if self.head["quarantine"] == "none":
            self.check_quarantine(os.path.join(state, "partial"))

    def check_quarantine(self, folder):
        records = [n for n in os.listdir(folder) if n.endswith(".txt")] \
            if os.path.isdir(folder) else []
        if records:
            self.notes.append(tail(os.path.join(folder, records[0])))
            raise Failed("%d in quarantine, none expected" % len(records))

    def cleanup(self):
        for _ in range(200):
            left = descendants(os.getpid())
            if not left:
                break
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.02)
            self.drop_mounts()
            while True:
                try:
                    if os.waitpid(-1, os.WNOHANG)[0] == 0:
                        break
                except ChildProcessError:
                    break
        self.drop_mounts()
        for where in reversed(self.own_mounts):
            unmount(where)

    def drop_mounts(self):
        for folder in (self.dir, self.backing):
            for where in reversed(mounts_below(folder)) if folder else []:
                if where not in self.own_mounts:
                    unmount(where)

    def run(self):
        self.check_needs()
        self.make_dirs()
        if self.head["mount"] != "no" and not self.native:
            self.start_daemon()
        self.run_case()
        if self.daemon:
            self.end_daemon()
        if not self.native:
            self.check_quiet()
            self.check_left()

    def output(self):
        if not os.path.isdir(self.path("san")):
            return ""
        parts = [tail(self.path("case.out"))]
        text = tail(self.path("daemon.out"), 60)
        if text:
            parts.append("--- daemon:\n" + text)
        for n in os.listdir(self.path("san")):
            parts.append("--- %s:\n%s" % (n, digest(self.path("san", n))))
        if self.daemon and self.log_text():
            parts.append("--- log:\n" + "\n".join(
                self.log_text().splitlines()[-60:]))
        return "\n".join(parts + self.notes)


def unmount(where):
    for argv in (["umount", "-l", where],
                 ["fusermount3", "-u", "-z", where]):
        try:
            if subprocess.run(argv, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL,
                              check=False).returncode == 0:
                return
        except OSError:
            continue


def judge(case):
    try:
        case.run()
        return dict(result="passed")
    except Skipped as e:
        return dict(result="skipped", reason=str(e))
    except (Failed, OSError, subprocess.SubprocessError) as e:
        return dict(result="failed", reason=str(e), output=case.output())


def main(kind=Case):
    """@kind: Case, or one that does more with the same directories."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)

    def told(_signum, _frame):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Told

    signal.signal(signal.SIGTERM, told)
    case = kind(json.loads(sys.argv[1]))
    case.backing = ""
    began = time.monotonic()
    result = dict(result="failed", reason="told to end")
    try:
        result = judge(case)
    except Told:
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        case.cleanup()
        keep = case.spec["keep"] and result["result"] == "failed"
        if not keep:
            shutil.rmtree(case.dir, ignore_errors=True)
            if case.backing.startswith(case.spec["store"] or "\0"):
                shutil.rmtree(case.backing, ignore_errors=True)
        else:
            result["reason"] += " (kept: %s)" % case.dir
    result["seconds"] = round(time.monotonic() - began, 1)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
