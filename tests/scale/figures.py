# SPDX-License-Identifier: MIT
"""What was measured, and what was wrong: printed at once, and kept."""

import time

FIGURES = {}
PROBLEMS = []


def figure(name, value, unit=""):
    FIGURES[name] = value
    shown = "%.3g" % value if isinstance(value, float) else "{:,}".format(value)
    print("  %-52s %s %s" % (name, shown, unit), flush=True)


def problem(text):
    PROBLEMS.append(text)
    print("  WRONG: " + text, flush=True)


def must(good, text):
    if not good:
        problem(text)


class Clock:
    """Microseconds of CPU time each of @count things takes."""

    def __init__(self, m, name, count):
        self.mount, self.name, self.count = m, name, count

    def __enter__(self):
        self.began, self.wall = self.mount.cpu(), time.monotonic()
        return self

    def __exit__(self, *_):
        wall = (time.monotonic() - self.wall) * 1e6 / self.count
        theirs, ours = [(b - a) * 1e6 / self.count
                        for a, b in zip(self.began, self.mount.cpu())]
        self.each = theirs + ours
        figure(self.name, self.each,
               "us each (daemon %.3g; in %.3g)" % (theirs, wall))


def ratios(few, many, what):
    for (name, a), (_, b) in zip(few, many):
        figure("%s: cost %s" % (name, what), b / a, "x")
