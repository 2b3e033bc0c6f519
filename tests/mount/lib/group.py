# SPDX-License-Identifier: MIT
"""Programs that are killed with all that they have started.

    from group import *

    child = start_group(["git", "gc"])
    ...
    kill_group(child)
"""

import os
import signal
import subprocess

from mounttest import libc

PR_SET_CHILD_SUBREAPER = 36


def start_group(argv):
    """Runs @argv in a process group of its own, and says nothing."""
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, start_new_session=True)


def kill_group(child):
    """Returns when all of it is gone: what it had started is reaped here."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


__all__ = ["kill_group", "start_group"]
