#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which packages depend on which: from dpkg's database to JSON, CSV and a
report, in the current directory.

An ordinary script: it writes each output straight to its name, and touches a
mark in .checkpoints when a step is done.  SOURCE and PACE in the environment
are the database to read and the seconds that a step takes."""

import csv
import json
import os
import time
from collections import Counter
from pathlib import Path

SOURCE = Path(os.environ.get("SOURCE", "/var/lib/dpkg/status"))
PACE = float(os.environ.get("PACE", "0"))
MARKS = Path(".checkpoints")


def paced(items):
    """The items, with twenty pauses that take PACE seconds together."""
    items = list(items)
    for i, item in enumerate(items):
        yield item
        if PACE and i * 20 // len(items) < (i + 1) * 20 // len(items):
            time.sleep(PACE / 20)


def extract():
    """dpkg's database -> depends.json: {package: [what it depends on]}"""
    depends = {}
    for stanza in SOURCE.read_text(encoding="utf-8").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in stanza.splitlines()
                      if ": " in line and not line.startswith(" "))
        if fields.get("Status", "").endswith(" installed"):
            depends[fields["Package"]] = sorted(
                {d.split()[0].split(":")[0] for d in
                 fields.get("Depends", "").replace("|", ",").split(",")
                 if d.strip()})
    with open("depends.json", "w", encoding="utf-8") as out:
        out.write("{\n")
        lines = [f"{json.dumps(name)}: {json.dumps(depends[name])}"
                 for name in sorted(depends)]
        for line in paced(lines[:-1]):
            out.write(line + ",\n")
            out.flush()
        out.write("\n".join(lines[-1:]) + "\n}\n")


def rank():
    """depends.json -> ranking.csv: how many packages depend on each"""
    depends = json.loads(Path("depends.json").read_text(encoding="utf-8"))
    count = Counter(d for wanted in depends.values() for d in wanted)
    with open("ranking.csv", "w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        table.writerow(["package", "dependents"])
        for row in paced(sorted(count.items(), key=lambda x: (-x[1], x[0]))):
            table.writerow(row)
            out.flush()


def report():
    """ranking.csv -> report.txt, by a temporary file and a rename"""
    with open("ranking.csv", newline="", encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    draft = Path("report.txt.new")
    with draft.open("w", encoding="utf-8") as out:
        out.write("What most packages here depend on:\n")
        for row in paced(rows[:10]):
            out.write(f"{row['dependents']:>6}  {row['package']}\n")
    os.replace(draft, "report.txt")


def main():
    MARKS.mkdir(exist_ok=True)
    for step in (extract, rank, report):
        mark = MARKS / f"{step.__name__}.done"
        if mark.exists():
            continue
        print(f"{step.__name__}: {step.__doc__}", flush=True)
        step()
        mark.touch()


if __name__ == "__main__":
    main()
