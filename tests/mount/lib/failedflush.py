# SPDX-License-Identifier: MIT
"""Marks on a disk that refuses some writes: `from failedflush import *`."""

import errno
import os
from pathlib import Path

from baddisk import bad, bad_disk
from mounttest import *

MARK = Path(".checkpoints/a.done")


def hashed(tree):
    """Digests that were taken before the disk failed are evidence."""
    def all_are():
        text = (tree / ".idemfs/changes").read_text()
        return text.count("# hashed") >= text.count("# unread")
    wait_until(all_are, "all digests")


def refuse(said):
    """The mark is not made, and who asks why is told of each of @said."""
    raises(errno.EIO, MARK.touch)
    absent(MARK)
    trouble = status_json()["mark_trouble"]
    for name in said:
        check('"%s"' % name in trouble, trouble)
    return trouble


def try_again(tree):
    """What the disk refused is vouched for by no mark, now or later."""
    with mounted("--sync-interval", "1h", backing=tree):
        os.chdir(MNT)
        # By itself, since the disk refuses what is beside bad bytes, too.
        with open("good", "wb", 0) as f:
            f.write(b"good")
            os.fsync(f.fileno())
        write("bad", bad(8192))
        hashed(tree)
        refuse([])  # the flush
        for _ in range(2):
            trouble = refuse(["bad"])
            check('"good"' not in trouble, trouble)
            check("again" in trouble, trouble)
        # Another name or time is no other content.
        os.rename("bad", "worse")
        os.utime("worse", (1, 1))
        refuse(["worse"])
        os.chdir("/")
    # A mount that comes later takes it over.
    with mounted("--sync-interval", "1h", backing=tree):
        os.chdir(MNT)
        refuse(["worse"])
        check('"worse"' in idemfs("log", MNT), "nothing in the log")
        write("tmp", b"written again")
        os.rename("tmp", "worse")
        MARK.touch()
        # And that was the end of it.
        write("more", b"x")
        MARK.touch()
        os.chdir("/")
    idemfs("verify", "--full", tree)


def fail_in_the_background(tree):
    """A failure that only the background flush has heard of."""
    with mounted("--sync-interval", "100ms", backing=tree):
        os.chdir(MNT)
        write("later", bad(8192))
        hashed(tree)
        wait_until(lambda: "flushing what was put in place" in
                   idemfs("log", MNT), "the background flush")
        MARK.unlink()
        refuse([])  # as D9 has it
        refuse(["later"])
        os.unlink("later")
        MARK.touch()
        os.chdir("/")
    idemfs("verify", "--full", tree)


def mark_after_failed_flush(kind, size):
    with bad_disk(kind, size) as tree:
        try_again(tree)
        fail_in_the_background(tree)


__all__ = ["mark_after_failed_flush"]
