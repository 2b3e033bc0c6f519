# SPDX-License-Identifier: MIT
"""A disk that refuses some writes with EIO: `from baddisk import *`.

    with bad_disk("ext4") as tree:      # a directory on it
        ...                             # what begins with BAD is not written
"""

import contextlib
import os
import subprocess

import backing
from mounttest import HELPERS, TMP, check, fail, run, wait_until

BAD = b"idemfs: bad sector"  # as tests/crash/recorder.c has it


def bad(size):
    """@size bytes, no sector of which reaches the disk."""
    return (BAD.ljust(512, b".") * (size // 512 + 1))[:size]


def detach(where):
    """A loop device may hold its file a moment longer than it is mounted."""
    wait_until(lambda: not os.path.ismount(where) or not subprocess.run(
        ["umount", where], check=False, stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL).returncode, "%s unmounted" % where)


@contextlib.contextmanager
def bad_disk(kind, size=32 << 20):
    """A filesystem on such a disk; repaired and attached again, on demand."""
    recorder = HELPERS.parent / "crash" / "recorder"
    check(recorder.exists(), "%s: not built" % recorder)
    image, rec, disk = TMP / "image", TMP / "rec", TMP / "disk"
    with open(image, "wb") as f:
        f.truncate(size)
    run(*backing.MKFS[kind], image)
    rec.mkdir()
    disk.mkdir()
    server = subprocess.Popen([recorder, image, os.devnull, rec],
                              stdin=subprocess.DEVNULL)
    try:
        wait_until(lambda: (rec / "disk").exists() or
                   server.poll() is not None, "the recorder")
        run("mount", "-o", "loop", rec / "disk", disk)
        (disk / "tree").mkdir()
        yield disk / "tree"
    finally:
        os.chdir(TMP)
        for where in (disk, rec):
            detach(where)
        if server.wait(60):
            fail("the recorder ended with %d" % server.returncode)


__all__ = ["BAD", "bad", "bad_disk"]
