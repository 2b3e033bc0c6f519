# SPDX-License-Identifier: MIT
"""What cases of `idemfs step --learn` share: `from learn import *`.

    s = Steps()
    s.runs("a.done", "sh", "-c", "cat in > out")    it must be run
    s.skips("a.done", …)                            it must not
    s.why("a.done", …)                              what --why says; "" holds
"""

from manifest import *

CP = Path(".checkpoints")


class Steps:
    def __init__(self, *options, cwd="."):
        self.options, self.cwd = options, cwd

    def call(self, options, name, argv, **how):
        how.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(
            [IDEMFS, "step", "--learn", *self.options, *options, name, "--",
             *map(str, argv)], cwd=self.cwd, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, check=False, **how)

    def step(self, name, *argv, status=0, **how):
        """What it says on stderr."""
        got = self.call((), name, argv, **how)
        eq(got.returncode, status, "status; " + got.stderr)
        return got.stderr

    def runs(self, name, *argv, why=None, **how):
        """@why: what is said before it is run again; None: it has no mark."""
        said = self.step(name, *argv, **how)
        check("skipped" not in said, "is run: " + said)
        if why is None:
            check("run again" not in said, said)
        else:
            check("idemfs: step %s: %s, so it is run again\n" % (name, why)
                  in said, "%s: want %s" % (said, why))

    def skips(self, name, *argv, **how):
        said = self.step(name, *argv, **how)
        check("skipped" in said, "is skipped: " + said)

    def why(self, name, *argv, **how):
        got = self.call(("--why",), name, argv, **how)
        eq(got.stderr, "")
        check(got.returncode in (0, 1), got.returncode)
        eq(got.stdout == "step %s: holds\n" % name, got.returncode == 0,
           got.stdout)
        return "" if got.returncode == 0 else got.stdout
