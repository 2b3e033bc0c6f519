# SPDX-License-Identifier: MIT
"""`idemfs run` that is told to end: `from runsignal import *`."""

import os
import subprocess

from mounttest import BACKING, IDEMFS, check, eq, partials, read, wait_until

SCRIPT = '''
exec > out
echo part
echo $$ > pid
exec sleep 100'''


def told_to_end(sig):
    """The daemon alone gets @sig, then its whole group: both pass it on."""
    for how in ("daemon alone", "group"):
        p = subprocess.Popen(
            [IDEMFS, "run", BACKING, "--", "bash", "-c", SCRIPT],
            start_new_session=True)
        wait_until(lambda: os.path.exists(BACKING / "pid"), "the command")
        child = int(read(BACKING / "pid"))
        if how == "group":
            os.killpg(p.pid, sig)
        else:
            p.send_signal(sig)
        eq(p.wait(), 128 + sig)
        check(not os.path.exists("/proc/%d" % child), "the command is alive")
        check(not os.path.ismount(BACKING), "mounted still")
        check(not (BACKING / "out").exists(), "out was promoted")
        eq(os.listdir(BACKING / ".idemfs/tmp"), [])
        os.unlink(BACKING / "pid")
    eq([e["path"] for e in partials()], ["out", "out"])


__all__ = ["told_to_end"]
