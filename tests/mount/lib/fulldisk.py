# SPDX-License-Identifier: MIT
"""Writers on a filesystem of 16 MiB that fills up: `from fulldisk import *`."""

import errno
import os
from pathlib import Path

from mounttest import *


def write_to_the_end():
    """The writer is told, the old version stays, the partial is kept."""
    old = pattern(2 << 20, 1)
    write("f", old)
    raises(errno.ENOSPC, write, "f", pattern(64 << 20, 2))
    eq(read("f"), old, "old version")
    wait_until(partials, "a partial in quarantine")
    got = partials()[0]
    eq(got["path"], "f")
    eq(got["content"], pattern(64 << 20, 2)[:len(got["content"])])
    raises(errno.ENOSPC, write, "new", pattern(64 << 20, 2))
    absent("new")
    # Space comes back: everything works again.
    drop_partials()
    eq(partials(), [])
    write("f", b"new")
    eq(read("f"), b"new")
    write("new", old)
    eq(read("new"), old)
    Path(".checkpoints/after.done").touch()


def append_what_does_not_fit():
    """The copy that an append or update makes does not fit: nothing changes."""
    old = pattern(9 << 20, 1)
    write("f", old)
    raises(errno.ENOSPC, write, "f", b"more", os.O_WRONLY | os.O_APPEND)
    eq(read("f"), old)
    raises(errno.ENOSPC, write, "f", b"more", os.O_RDWR)
    eq(read("f"), old)
    os.unlink("f")
    drop_partials()
    write("f", b"small")
    write("f", b" more", APPEND)
    eq(read("f"), b"small more")


def drop_partials():
    for e in partials():
        idemfs("partial", "drop", MNT, e["id"])


__all__ = ["append_what_does_not_fit", "write_to_the_end"]
