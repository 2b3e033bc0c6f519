# SPDX-License-Identifier: MIT
"""What the runners of tests/mount and tests/parity share.

A runner makes its plan, a list of dicts with at least "case" (a path), "name"
and "fs"; each is run by a child program of its own, which prints what came of
it as a line of JSON (onecase.py has more about that).

    args = suite.parse(suite.parser("what it does"))
    files = suite.find_cases(args, folder)
    sys.exit(suite.run(args, child, lambda work: (plan, common), table=True))
"""

import argparse
import fnmatch
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import backing

# A case says how long it takes on a slow machine; one that does other things,
# too, may take this many times as long before it is taken for hung.
BUSY = 5
FILESYSTEMS = ("dir", "ext4", "xfs", "btrfs", "tmpfs", "overlay")
TOP = Path(__file__).resolve().parent.parent.parent.parent


def parser(about):
    """The options that every runner has."""
    p = argparse.ArgumentParser(
        description=about,
        epilog="A CASE is a file, the name of a case below cases/ or a GLOB "
        "of names, or a folder of cases ('marks/').")
    p.add_argument("--idemfs", metavar="BIN", help="the program; else "
                   "$IDEMFS, or found in --build")
    p.add_argument("--build", metavar="DIR", help="a build directory")
    p.add_argument("--fs", default="dir", metavar="LIST", help="comma list "
                   "of %s, or all" % ", ".join(FILESYSTEMS))
    p.add_argument("--jobs", type=int, metavar="N", help="cases at once",
                   default=max(1, os.cpu_count() or 1))
    p.add_argument("--filter", action="append", metavar="GLOB", default=[],
                   help="only cases whose name matches (repeatable)")
    p.add_argument("--list", action="store_true", help="print what would run")
    p.add_argument("--keep", action="store_true", help="leave directories of "
                   "failed cases")
    p.add_argument("--scale", type=float, metavar="X", help="multiplies the "
                   "seconds after which a case is taken for hung (slow builds)",
                   default=float(os.environ.get("TEST_SCALE", "1")))
    p.add_argument("cases", nargs="*", metavar="CASE")
    return p


def parse(p):
    args = p.parse_args()
    args.fs = backing.parse_list(args.fs, FILESYSTEMS, p.error)
    return args


def find_idemfs(args):
    """The binary under test, or an exit with one line that says what to do."""
    given = args.idemfs or os.environ.get("IDEMFS")
    if given:
        found = shutil.which(given)
    else:
        top = Path(args.build) if args.build else TOP / "build"
        found = next((str(f) for f in sorted(top.glob("**/idemfs"))
                      if f.is_file() and os.access(f, os.X_OK)), None)
        given = str(top)
    if not found:
        sys.exit("run: no idemfs program at '%s': build it, or say --idemfs "
                 "BIN" % given)
    return os.path.abspath(found)


def find_cases(args, folder):
    """The files of the cases that @args ask for; all below @folder else."""
    known = all_cases(folder)
    if args.cases:
        files = [f for c in args.cases for f in find_case(c, known, folder)]
    else:
        files = known
    if args.filter:
        files = [f for f in files if any(is_named(f, g) for g in args.filter)]
    return files


def all_cases(folder):
    """Every case below @folder; an exit when two have one name."""
    files = sorted(f for f in folder.rglob("*") if f.suffix in (".sh", ".py"))
    seen = {}
    for f in files:
        other = seen.setdefault(f.stem, f)
        if other != f:
            sys.exit("run: two cases of one name: %s, %s" % (other, f))
    return files


def find_case(word, known, folder):
    """The files that one CASE of the command line stands for."""
    if Path(word).is_file():
        return [Path(word).resolve()]
    below = folder / word
    if word and below.is_dir():
        found = [f for f in known if below in f.parents]
    else:
        found = [f for f in known if is_named(f, word) or f == below]
    return found or sys.exit("run: no case '%s': give a file, a name or GLOB "
                             "below cases/, or a folder of it" % word)


def is_named(path, glob):
    return fnmatch.fnmatch(path.name, glob) or fnmatch.fnmatch(path.stem, glob)


def number(args, runs):
    """Gives each entry of a plan its number, and the name it is shown by."""
    for i, r in enumerate(runs):
        r["number"] = i
        r["name"] = Path(r["case"]).stem
        if r["options"]:
            r["name"] += " [%s]" % r["options"]
        if args.fs != ["dir"]:
            r["name"] += " (%s)" % r["fs"]
    return runs


def print_plan(runs):
    for r in runs:
        print("%-50s %s" % (r["name"], r["head"]["about"]))
    return 0


class Suite:
    """Runs the plan, prints a line a case, and counts."""

    def __init__(self, args, work, stores, common, child):
        self.args, self.work, self.stores = args, work, stores
        self.common, self.child = common, str(child)
        self.lock = threading.Lock()
        self.children = {}  # pid: Popen, under self.lock
        self.stopping = False  # under self.lock
        self.counts = dict(passed=0, failed=0, skipped=0)
        self.table = {}

    def run_one(self, r):
        with self.lock:
            if self.stopping:
                return
            spec = dict(r, **self.common)
            spec["dir"] = str(self.work / ("%04d" % r["number"]))
            spec["store"] = self.stores.get(r["fs"])
            child = subprocess.Popen(
                [sys.executable, self.child, json.dumps(spec)],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                start_new_session=True, text=True)
            self.children[child.pid] = child
        out, _ = child.communicate()
        with self.lock:
            del self.children[child.pid]
            if not self.stopping:
                self.report(r, out, child.returncode)

    def report(self, r, out, status):
        try:
            result = json.loads(out.strip().splitlines()[-1])
        except (ValueError, IndexError):
            result = dict(result="failed", reason="the runner's own child "
                          "ended with status %d" % status, output=out)
        kind, reason = result["result"], result.get("reason", "")
        self.counts[kind] += 1
        self.table.setdefault(Path(r["case"]).stem, {}).setdefault(
            r["fs"], []).append(kind)
        seconds = result.get("seconds", 0)
        print("%-7s %s%s%s" % (kind, r["name"], " %.1fs" % seconds,
                               ": " + reason if reason else ""), flush=True)
        if kind == "failed" and result.get("output"):
            for line in result["output"].splitlines():
                print("    | " + line[:400])
            sys.stdout.flush()

    def stop(self):
        with self.lock:
            self.stopping = True
            for child in self.children.values():
                child.send_signal(signal.SIGTERM)

    def run(self, runs):
        with ThreadPoolExecutor(max_workers=self.args.jobs) as pool:
            for _ in pool.map(self.run_one, runs):
                pass

    def print_table(self):
        sign = {"passed": "ok", "failed": "FAIL", "skipped": "skip"}
        width = max(len(n) for n in self.table)
        print("\n%-*s %s" % (width, "case", " ".join(
            "%-7s" % fs for fs in self.args.fs)))
        for name, row in sorted(self.table.items()):
            cells = []
            for fs in self.args.fs:
                kinds = row.get(fs, [])
                worst = next((k for k in ("failed", "skipped", "passed")
                              if k in kinds), None)
                cells.append("%-7s" % sign.get(worst, "-"))
            print("%-*s %s" % (width, name, " ".join(cells)))
        print()

    def finish(self, table):
        if table and self.table:
            self.print_table()
        c = self.counts
        line = "%d passed, %d failed" % (c["passed"], c["failed"])
        if c["skipped"]:
            line += ", %d skipped" % c["skipped"]
        print(line, flush=True)
        return 1 if c["failed"] or not c["passed"] else 0


def serve(args, work, child, prepare, table):
    """@prepare(work) gives the plan, and what all its entries have besides."""
    runs, common = prepare(work)
    common.update(keep=args.keep, scale=args.scale * BUSY)
    with backing.Stores(work, args.fs) as stores:
        suite = Suite(args, work, stores.paths, common, child)
        ended = []

        def on_signal(signum, _frame):
            ended.append(signum)
            threading.Thread(target=suite.stop).start()

        signal.signal(signal.SIGINT, on_signal)
        signal.signal(signal.SIGTERM, on_signal)
        signal.signal(signal.SIGHUP, on_signal)
        try:
            suite.run(runs)
        finally:
            suite.stop()
        if ended:
            print("run: told to end: %d of %d were not run" %
                  (len(runs) - sum(suite.counts.values()), len(runs)))
        status = suite.finish(table)
    return 128 + ended[0] if ended else status


def run(args, child, prepare, table):
    """Everything from mounting the filesystems to the sum; the exit status."""
    work = Path(tempfile.mkdtemp(prefix="idemfs-test."))
    work.chmod(0o755)
    try:
        backing.private_mounts(str(work))
        return serve(args, work, child, prepare, table)
    finally:
        if not (args.keep and any(work.glob("[0-9]*"))):
            shutil.rmtree(work, ignore_errors=True)
