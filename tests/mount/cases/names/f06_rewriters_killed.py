# SPDX-License-Identifier: MIT
# about: F6, F8: programs that rewrite a file by a temp of their own, killed at any moment, leave it whole, old or new, and no half of a temp
# needs: sed perl rsync ex zip sqlite3
# quarantine: some
# timeout: 240
import random
import shutil

from group import *
from mounttest import *

ROUNDS = 12
LINES = 60_000
OLD = b"".join(b"line %d\n" % i for i in range(LINES))
NEW = OLD.replace(b"line", b"LINE")
PYTHON = """
import os, tempfile
data = open("f", "rb").read().replace(b"line", b"LINE")
"""
OPEN_WHEN_RENAMED = PYTHON + """
with tempfile.NamedTemporaryFile(dir=".", delete=False) as t:
    t.write(data[:400000])
    t.flush()
    os.replace(t.name, "f")
    t.write(data[400000:])
"""
CLOSED_WHEN_RENAMED = PYTHON + """
with tempfile.NamedTemporaryFile(dir=".", delete=False) as t:
    t.write(data)
os.replace(t.name, "f")
"""
VIM = ["ex", "-u", "NONE", "-i", "NONE", "-n", "-s"]
COMMANDS = {
    "sed": ["sed", "-i", "s/line/LINE/", "f"],
    "sed with a backup": ["sed", "-i.bak", "s/line/LINE/", "f"],
    "perl": ["perl", "-pi", "-e", "s/line/LINE/", "f"],
    "rsync": ["rsync", "-I", "--whole-file", str(TMP / "new"), "f"],
    "rsync, deltas": ["rsync", "-I", "--no-whole-file", str(TMP / "new"), "f"],
    "vim": VIM + ["-c", "%s/line/LINE/", "-c", "wq", "f"],
    "python, still open": [sys.executable, "-c", OPEN_WHEN_RENAMED],
    "python, closed": [sys.executable, "-c", CLOSED_WHEN_RENAMED],
    "cp": ["cp", str(TMP / "new"), "f"],
    "cp --remove-destination by mv": [
        "sh", "-c", "cp '%s' t && mv t f" % (TMP / "new")],
    "sort -o": ["sort", "-s", "-k1,1f", "-o", "f", str(TMP / "new")],
}


def begin():
    for name in names():
        if name != ".checkpoints":
            os.unlink(name)
    write("f", OLD)


def how_long(argv):
    begin()
    began = time.monotonic()
    child = start_group(argv)
    status = child.wait()
    seconds = time.monotonic() - began
    eq(status, 0, " ".join(argv[:2]))
    eq(read("f"), NEW, "rewritten")
    return seconds


def look(what):
    """What is left: "old", "new", with "+" for a whole temp beside it."""
    found = {n: read(n) for n in names() if n != ".checkpoints"}
    for name, data in found.items():
        check(data in (OLD, NEW), "%s: half of it in %s (%d bytes)" %
              (what, name, len(data)))
    check(OLD in found.values() or NEW in found.values(), what + ": none")
    if "f" not in found:
        # vim and sed -i.bak give the old file another name before they put
        # the new one in its place.
        backup = {"vim": "f~", "sed with a backup": "f.bak"}.get(what)
        eq(found.get(backup), OLD, "%s: what is left of f" % what)
        return "old under its other name"
    kind = "old" if found.pop("f") == OLD else "new"
    return kind + "+" * len(found)


seed = int.from_bytes(os.urandom(4), "little")
random.seed(seed)
print("seed", seed)
write(TMP / "new", NEW)
for what, argv in COMMANDS.items():
    longest = how_long(argv)
    ends = {}
    for _ in range(ROUNDS):
        begin()
        child = start_group(argv)
        time.sleep(random.random() * longest * 1.1)
        kill_group(child)
        kind = look(what)
        ends[kind] = ends.get(kind, 0) + 1
    print(what, "%.3f s" % longest, ends)
    sys.stdout.flush()
begin()
