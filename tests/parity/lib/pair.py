# SPDX-License-Identifier: MIT
"""Runs one case without idemfs and with it, in a directory of the same path,
and prints what came of it as a line of JSON."""

import difflib
import os
import shutil
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(TESTS / "mount" / "lib"))

import onecase  # noqa: E402
import tree  # noqa: E402
from onecase import Case, Failed, Skipped  # noqa: E402


class Pair(Case):
    """A case that is mounted over its own directory, after a first run."""

    def __init__(self, spec):
        super().__init__(spec)
        self.head["mount"] = "over"

    def environ(self):
        env = super().environ()
        for name in ("BACKING", "MNT", "IDEMFS", "DAEMON", "HELPERS", "STRESS",
                     "TESTS", "OPTIONS", "NATIVE", "FS", "PYTHONPATH"):
            env.pop(name, None)
        env["SOURCE"] = str(TESTS.parent)
        return env

    def run_once(self):
        """One run in an empty directory: exit status, output, tree."""
        os.mkdir(self.place)
        script = self.spec["case"]
        argv = ["bash", "-eu", "-o", "pipefail", script] \
            if script.endswith(".sh") else [sys.executable, script]
        status = self.wait_for(self.popen(argv, "case.out", self.place))
        self.wait_for_strays()
        with open(self.path("case.out"), errors="backslashreplace") as f:
            text = f.read()
        return status, text, self.look()

    def look(self):
        return tree.snapshot(self.place, self.head["volatile"])

    def run_below(self):
        """The run without idemfs, which says what must come out."""
        status, text, left = self.run_once()
        if status == 77:
            raise Skipped((text.splitlines() or ["(no reason)"])[-1])
        if status != 0:
            raise Failed("exit status %d without idemfs, too" % status)
        if not text and not left:
            raise Failed("leaves nothing to compare")
        # Out of the way; it is only for looking at a failed case that is kept.
        os.rename(self.place, self.mnt + ".native")
        shutil.rmtree(self.tmp)
        os.mkdir(self.tmp)
        return status, text, left

    def run(self):
        self.check_needs()
        self.make_dirs()
        self.place = os.path.join(self.mnt, "w")
        want = self.run_below()
        self.start_daemon()
        got = self.run_once()
        self.end_daemon()
        self.backing = self.backing or self.mnt
        self.check_same(want, got + (self.look(),))
        self.check_quiet()
        self.check_left()

    def check_same(self, want, got):
        wrong = []
        if got[0] != want[0]:
            wrong.append("exit status %d, should be %d" % (got[0], want[0]))
        if got[1] != want[1]:
            wrong.append("other output:")
            wrong += list(difflib.unified_diff(
                want[1].splitlines(), got[1].splitlines(), "below", "mount",
                lineterm="", n=1))[2:40]
        for where, left in (("mount", got[2]), ("below, after it", got[3])):
            lines = tree.compare(want[2], left)
            if lines:
                wrong.append("another tree (%s):" % where)
                wrong += lines[:30]
        if wrong:
            self.notes = ["--- in the mount:"] + wrong
            raise Failed("not the same: %s" % wrong[0].rstrip(":"))

    def cleanup(self):
        super().cleanup()
        if hasattr(self, "place") and not self.spec["keep"]:
            for folder in (self.mnt, self.mnt + ".native"):
                shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    onecase.main(Pair)
