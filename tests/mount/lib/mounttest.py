# SPDX-License-Identifier: MIT
"""What Python cases share: `from mounttest import *`.

A Peer is another process that does as it is told, one call at a time, so that
a case can say exactly who opens, writes, closes and dies, and in which order:

    p = Peer()
    fd = p(os.open, "f", TRUNC, 0o644)
    p(os.write, fd, b"half")
    p.kill(signal.SIGKILL)
"""

import contextlib
import ctypes
import errno
import json
import mmap
import os
import pickle
import select
import signal
import socket
import stat
import struct
import subprocess
import sys
import time
from pathlib import Path

BACKING = Path(os.environ["BACKING"]) if os.environ.get("BACKING") else None
MNT = Path(os.environ["MNT"])
TMP = Path(os.environ["TMP"])
TESTS = Path(os.environ["TESTS"])
HELPERS = Path(os.environ["HELPERS"])
IDEMFS = os.environ["IDEMFS"]
NATIVE = bool(os.environ.get("NATIVE"))
OPTIONS = os.environ.get("OPTIONS", "")
DAEMON = int(os.environ.get("DAEMON", "0"))

TRUNC = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND
UPDATE = os.O_RDWR
EXCL = os.O_WRONLY | os.O_CREAT | os.O_EXCL
NOREPLACE, EXCHANGE, WHITEOUT = 1, 2, 4
AT_FDCWD = -100
PATIENCE = 240  # seconds until wait_until gives up; far more than it takes

libc = ctypes.CDLL(None, use_errno=True)


def fail(text):
    """Ends the case with where it happened and @text."""
    caller = sys._getframe(1)
    while caller.f_code.co_filename == __file__ and caller.f_back:
        caller = caller.f_back
    sys.exit("FAIL line %d: %s" % (caller.f_lineno, text))


def skip(reason):
    print(reason)
    sys.stdout.flush()
    os._exit(77)


def fill(path):
    """To the last block; even root's own, as the daemon may be root.

    Again after each sync: that gives back what was reserved and not needed.
    """
    fd = os.open(path, TRUNC)
    for size in (1 << 16, 1 << 10, 1 << 10, 1 << 10):
        with contextlib.suppress(OSError):
            while True:
                os.write(fd, b"x" * size)
        run("sync", "-f", path, status=None)
    os.close(fd)


def check(condition, text):
    if not condition:
        fail(text)


def eq(got, want, text=""):
    if got != want:
        fail("%sgot %s, want %s" % (text and text + ": ", short(got),
                                    short(want)))


def short(value):
    text = repr(value)
    return text if len(text) < 300 else "%s… (%d)" % (text[:300], len(text))


def raises(code, fn, *args, **kwargs):
    """fn(*args) must fail with errno @code (or one of several)."""
    codes = code if isinstance(code, tuple) else (code,)
    names = "/".join(errno.errorcode[c] for c in codes)
    name = getattr(fn, "__name__", None) or \
        getattr(args[0] if args else None, "__name__", "call")
    try:
        fn(*args, **kwargs)
    except OSError as e:
        if e.errno not in codes:
            fail("%s: got %s, want %s" %
                 (name, errno.errorcode.get(e.errno, e.errno), names))
        return
    fail("%s worked, want %s" % (name, names))


def wait_until(fn, text):
    """Polls until fn() is true; only for what is promised to come, not when."""
    end = time.monotonic() + PATIENCE
    while True:
        value = fn()
        if value:
            return value
        if time.monotonic() > end:
            fail("never came: " + text)
        time.sleep(0.01)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, data, flags=TRUNC, mode=0o666):
    """Open, write everything, close; each error reaches the caller."""
    fd = os.open(path, flags, mode)
    try:
        write_all(fd, data)
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)


def write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def absent(path):
    raises(errno.ENOENT, os.lstat, path)


def pattern(size, seed=1):
    """@size bytes that differ with every @seed and do not repeat soon."""
    block = b"".join(struct.pack("<II", seed, i * 2654435761 & 0xffffffff)
                     for i in range(min(size, 1 << 20) // 8 + 1))
    return (block * (size // len(block) + 1))[:size]


def run(*argv, status=0, **kwargs):
    """Runs a command; its exit status must be @status; returns its stdout."""
    got = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, check=False, **kwargs)
    if status is not None and got.returncode != status:
        fail("%s: status %d, want %d" %
             (" ".join(map(str, argv)), got.returncode, status))
    return got.stdout.decode(errors="surrogateescape")


def sh(script, status=0):
    return run("bash", "-c", script, status=status)


def idemfs(*argv, status=0):
    return run(IDEMFS, *argv, status=status)


def no_leak_check():
    """LeakSanitizer ends a program that is traced or has changed its user."""
    os.environ["ASAN_OPTIONS"] = "%s:detect_leaks=0" % os.environ.get(
        "ASAN_OPTIONS", "")


def status_json(where=None):
    return json.loads(idemfs("status", "--json", where or MNT))


# --- Linux calls that Python has no name for --------------------------------

def sys_result(result):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def renameat2(old, new, flags):
    return sys_result(libc.renameat2(AT_FDCWD, os.fsencode(old), AT_FDCWD,
                                     os.fsencode(new), flags))


def link_fd(fd, path):
    """Gives an open file the name @path, as linkat does for O_TMPFILE."""
    return sys_result(libc.linkat(AT_FDCWD, b"/proc/self/fd/%d" % fd,
                                  AT_FDCWD, os.fsencode(path), 0x400))


def fallocate(fd, mode, offset, length):
    return sys_result(libc.fallocate(
        fd, mode, ctypes.c_int64(offset), ctypes.c_int64(length)))


def temps():
    """Pending versions on disk; their journal is no temp."""
    return [n for n in os.listdir(BACKING / ".idemfs/tmp") if n != "journal"]


# --- quarantine, as plain files ---------------------------------------------

def partials(tree=None):
    """The records in quarantine, oldest first, each with its bytes."""
    folder = (tree or BACKING) / ".idemfs" / "partial"
    found = []
    for record in folder.glob("*.txt") if folder.is_dir() else []:
        bytes_of = folder / record.stem
        if not bytes_of.exists():
            continue
        entry = dict(line.split(" ", 1) for line in
                     record.read_text().splitlines()[1:] if " " in line)
        entry["id"] = int(record.stem)
        entry["content"] = bytes_of.read_bytes()
        found.append(entry)
    return sorted(found, key=lambda e: e["id"])


def one_partial(path, content=None):
    """Waits until exactly one partial is there, of @path; returns it."""
    wait_until(partials, "a partial of %s in quarantine" % path)
    found = partials()
    eq(len(found), 1, "partials")
    eq(found[0]["path"], str(path), "path of the partial")
    if content is not None:
        eq(found[0]["content"], content, "content of the partial")
    return found[0]


def no_partial():
    eq([p["path"] + ": " + p["why"] for p in partials()], [], "quarantine")


# --- other processes --------------------------------------------------------

class Peer:
    """Another process; calling it makes the call there.

    It is forked, and closes what it inherited unless @keep; functions of the
    case itself can be sent too, by name.
    """

    def __init__(self, keep=False):
        ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            if not keep:
                fd = theirs.fileno()
                os.closerange(3, fd)
                os.closerange(fd + 1, 1024)
            peer_main(theirs)
        theirs.close()
        self.sock = ours
        self.file = ours.makefile("rwb")

    def send(self, fn, *args, **kwargs):
        """Starts a call without waiting for it; result() waits."""
        pickle.dump((fn, args, kwargs), self.file)
        self.file.flush()

    def result(self):
        ok, value = pickle.load(self.file)
        if not ok:
            raise value
        return value

    def busy(self, seconds=0.3):
        """True while the call sent has not returned within @seconds."""
        return not select.select([self.sock], [], [], seconds)[0]

    def __call__(self, fn, *args, **kwargs):
        self.send(fn, *args, **kwargs)
        return self.result()

    def wait(self):
        self.file.close()
        self.sock.close()
        return os.waitpid(self.pid, 0)[1]

    def kill(self, sig=signal.SIGKILL):
        """Kills it and waits until it is gone."""
        os.kill(self.pid, sig)
        status = self.wait()
        check(os.WIFSIGNALED(status) and os.WTERMSIG(status) == sig,
              "peer ended with %#x, not by signal %d" % (status, sig))

    def exit(self, code=0):
        """Ends it by _exit, with whatever it has open."""
        self.send(os._exit, code)
        eq(os.waitstatus_to_exitcode(self.wait()), code, "peer's status")

    # what is said most often
    def open(self, path, flags=TRUNC, mode=0o666):
        return self(os.open, path, flags, mode)

    def put(self, path, data, flags=TRUNC):
        """Opens and writes; leaves it open; returns the descriptor."""
        fd = self.open(path, flags)
        self(write_all, fd, data)
        return fd

    def close(self, fd):
        self(os.close, fd)


def peer_main(sock):
    for sig in (signal.SIGINT, signal.SIGPIPE):
        signal.signal(sig, signal.SIG_DFL)
    f = sock.makefile("rwb")
    while True:
        try:
            fn, args, kwargs = pickle.load(f)
        except EOFError:
            os._exit(0)
        try:
            answer = (True, fn(*args, **kwargs))
        except OSError as e:
            answer = (False, e)
        except BaseException as e:
            answer = (False, RuntimeError(repr(e)))
        pickle.dump(answer, f)
        f.flush()


def names(folder="."):
    return sorted(os.listdir(folder))


@contextlib.contextmanager
def mounted(*options, backing=None, mnt=None, argv=None, status=0):
    """A mount of the case's own (`# mount: no`), unmounted at the end, with
    that exit status."""
    backing, mnt = backing or BACKING, mnt or MNT
    idemfs(*(argv or ["mount", *options, backing, mnt]))
    try:
        yield mnt
    finally:
        os.chdir(TMP)
        idemfs("umount", mnt, status=status)


def daemon_pid(mnt=None):
    """The daemon of a mount, from its control file."""
    text = read((mnt or MNT) / ".checkpoints" / ".control").decode()
    return int(dict(line.split(" ", 1) for line in text.splitlines())["pid"])


class Held:
    """A command that is held up at its first system call @call, before the
    kernel does it: what comes between two looks can be made to come there."""

    def __init__(self, call, *argv, **kwargs):
        self.process = subprocess.Popen(
            [HELPERS / "held", call, *argv], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)
        eq(self.process.stdout.readline(), b"held\n", "%s of %s" %
           (call, argv))

    def let_go(self, status=0):
        """To its end, with @status; what it said."""
        said = self.process.communicate(b"\n")[1].decode()
        if status is not None:
            eq(self.process.returncode, status, said)
        return said


__all__ = [n for n in dir() if not n.startswith("_")]
