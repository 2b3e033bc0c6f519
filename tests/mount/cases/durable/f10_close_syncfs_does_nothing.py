# SPDX-License-Identifier: MIT
# about: F10: level close on a filesystem that syncfs(2) does nothing on: bytes and note are flushed when close returns
# mount: no
# needs: root
from client import *
from mounttest import *


def last(lines, *words):
    at = [i for i, line in enumerate(lines) if line[:len(words)] == [*words]]
    return at[-1] if at else -1


def is_flushed(c, name, content):
    """Closes a new file, while another process keeps it from its name."""
    fd = os.open(MNT / name, TRUNC)
    os.write(fd, content)
    before = len(c.lines())
    os.close(fd)
    lines = c.lines()[before:]
    temps = {line[1] for line in lines if line[0] == "fsync"
             and "journal" not in line[1]}
    check(temps, "no temp was flushed: %s" % lines)
    journal = [line[1] for line in lines if line[1].endswith("/journal")]
    check(journal, "no note: %s" % lines)
    check(last(lines, "fsync", journal[0]) > last(lines, "write", journal[0]),
          "the note is not flushed: %s" % lines)
    check(any(line[0] == "fsyncdir" and line[1] == os.path.dirname(journal[0])
              for line in lines), "nor its directory: %s" % lines)


with client() as c:
    with mounted("--durability", "close", "--sync-interval", "60",
                 backing=c.tree):
        for n in range(3):
            is_flushed(c, "f%d" % n, pattern(5000 * n + 1))
        is_flushed(c, "f1", b"over")
        fd = os.open(MNT / "synced", TRUNC)
        os.write(fd, b"bytes")
        before = len(c.lines())
        os.fsync(fd)
        lines = c.lines()[before:]
        check(last(lines, "fsyncdir", ".idemfs/tmp") >= 0,
              "fsync: the name of the temp: %s" % lines)
        os.close(fd)
    eq([r for r in c.renamed_unflushed() if "changes" not in r[1]], [])
