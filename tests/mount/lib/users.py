# SPDX-License-Identifier: MIT
"""What cases with several users share, as root: `from users import *`."""

import os
import struct

from mounttest import IDEMFS, TMP, run, skip

# Users that own nothing but what a case lets them make.
A, B = 3333, 4444
CAPS = struct.pack("<5I", 0x02000001, 1 << 7, 0, 0, 0)  # cap_setuid


def be(uid, *groups, gid=None):
    """This process, a Peer mostly, is user @uid from now on."""
    os.setgroups(groups)
    os.setgid(uid if gid is None else gid)
    os.setuid(uid)


def let_all_in():
    """Every user may make files in this directory, as open as they ask for."""
    os.umask(0)
    os.chmod(".", 0o777)


def powers(file):
    """The set-id bits of @file, and whether it has capabilities."""
    return (os.stat(file).st_mode & 0o6000,
            "security.capability" in os.listxattr(file))


def as_user(uid, *argv, gid=None):
    """A command line that runs @argv as user @uid; as root, if it is 0."""
    if not uid:
        return argv
    return ("setpriv", "--reuid=%d" % uid,
            "--regid=%d" % (uid if gid is None else gid), "--clear-groups",
            *argv)


def program_for_all():
    """A copy of idemfs that every user may run, or a skip."""
    for folder in TMP.parents:
        if os.stat(folder).st_uid == 0 and not os.stat(folder).st_mode & 1:
            skip("%s lets no other user in" % folder)
    os.chmod(TMP, 0o755)
    run("cp", IDEMFS, TMP / "idemfs")
    return TMP / "idemfs"


__all__ = ["A", "B", "CAPS", "as_user", "be", "let_all_in", "powers",
           "program_for_all"]
