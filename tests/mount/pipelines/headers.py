#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Indexes C headers: words, an index, many small files, a zip.

Each output is written in another of the ways that Python scripts use. ROUND
makes two runs differ in every output.
"""

import collections
import json
import os
import re
import shutil
import tempfile
import zipfile
from pathlib import Path

ROUND = os.environ["ROUND"]
HEADERS = sorted(Path("/usr/include").glob("*.h"))[:120]
MARKS = Path(".checkpoints")
MARKS.mkdir(exist_ok=True)


def step(fn):
    mark = MARKS / (fn.__name__ + ".done")
    if not mark.exists():
        fn()
        mark.touch()


def fetch():
    shutil.rmtree("src", ignore_errors=True)
    os.makedirs("src")
    for h in HEADERS:
        shutil.copy(h, "src")
    Path("src/round").write_text(ROUND)


def words():
    count = collections.Counter()
    for f in sorted(Path("src").glob("*.h")):
        count.update(re.findall(r"[a-z_]{4,}", f.read_text(errors="replace")))
    with open("words.txt", "w") as f:
        f.write("round %s\n" % ROUND)
        for word, n in sorted(count.items()):
            f.write("%s %d\n" % (word, n))


def index():
    lines = Path("words.txt").read_text().splitlines()[1:]
    found = dict(line.split() for line in lines)
    with tempfile.NamedTemporaryFile("w", dir=".", delete=False) as f:
        json.dump([ROUND, found], f, indent=1)
    os.chmod(f.name, 0o644)
    os.replace(f.name, "index.json")


def letters():
    found = json.loads(Path("index.json").read_text())[1]
    os.makedirs("letters", exist_ok=True)
    for letter in "abcdefghijklmnopqrstuvwxyz_":
        with open("letters/" + letter, "w") as f:
            print("round", ROUND, file=f)
            for word in found:
                if word.startswith(letter):
                    print(word, file=f)


def pack():
    with zipfile.ZipFile("letters.zip", "w", zipfile.ZIP_DEFLATED) as z:
        for f in sorted(Path("letters").iterdir()):
            z.writestr(zipfile.ZipInfo(f.name), f.read_bytes())
    fd = os.open("digest", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.write(fd, ("%s %d\n" % (ROUND, os.path.getsize("letters.zip"))).encode())
    os.fsync(fd)
    os.close(fd)


for s in (fetch, words, index, letters, pack):
    step(s)
