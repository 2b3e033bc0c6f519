# SPDX-License-Identifier: MIT
"""What a mark tells: from manifest import *

    m = Manifest("a.done")     of .idemfs/marks/a.done, without its note
    m.head["command"]
    m.of["out"]                the Record of a path
    m.paths("gone")            the paths of that kind
    checked("a.done")          {path: "OK" or "FAILED"}, as xxhsum sees it

Names are bytes where they are no UTF-8 (surrogateescape), as os.listdir()
gives them.
"""

import collections
import re

from mounttest import *

Record = collections.namedtuple("Record", "kind seq size mtime ino digest path"
                                " to", defaults=(None,))
LEARNED = ("learned", "learned-unread", "absent", "listed", "linked", "folded",
           "self-modified", "unlearned")
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"\\": b"\\"}


def unescape(text):
    plain = re.sub(rb"\\(x[0-9a-f]{2}|.)", lambda m: ESCAPES.get(m[1]) or
                   bytes([int(m[1][1:], 16)]), text)
    return os.fsdecode(plain)


def unescape_sum(line):
    """The digest and the path of a line of xxhsum."""
    if line.startswith(b"\\"):
        digest, path = line[1:].split(b"  ", 1)
        path = unescape(path)
    else:
        digest, path = line.split(b"  ", 1)
        path = os.fsdecode(path)
    return digest.decode(), path[2:] if path.startswith("./") else path


class Manifest:
    def __init__(self, name, path=None):
        data = read(path or BACKING / ".idemfs/marks" / name)
        self.size = int(data.split(b"\n", 1)[0].split()[3])
        self.text, self.note = data[:self.size], data[self.size:]
        check(self.text.endswith(b"\n"), "the manifest ends with a newline")
        self.head, self.records, self.overlaps = {}, [], []
        lines = self.text.split(b"\n")[1:-1]
        while lines[0].split()[1].decode() not in (
                "file", "input", "unread", "node", "gone", "moved", "inplace",
                "digest") and lines[0].startswith(b"# "):
            key, value = lines.pop(0)[2:].split(b" ", 1)
            self.head[key.decode()] = unescape(value)
        while lines:
            self.take(lines)
        self.of = {r.path: r for r in self.records}

    def take(self, lines):
        line = lines.pop(0)
        if not line.startswith(b"# "):
            eq(line, b"99aa06d3014798d86001c324468d497f  /dev/null")
            return
        kind = line.split()[1].decode()
        if kind == "digest":
            eq(lines, [])
        elif kind == "overlap":
            self.overlaps.append(tuple(map(unescape, line.split(b" ")[2:])))
        elif kind in ("open", "opens", "overlaps"):
            pass
        elif kind in ("listed", "folded", "linked"):
            *_, digest, path = line.split(
                b" ", 4 if kind == "linked" else 5)[2:]
            self.records.append(Record(
                kind, int(line.split()[2]), None, None, None, digest.decode(),
                unescape(path)))
        elif kind in ("file", "input", "unread", "learned", "learned-unread"):
            _, _, seq, size, mtime, ino, *rest = line.split(b" ", 6)
            digest, path = (None, unescape(rest[0])) if rest else \
                unescape_sum(lines.pop(0))
            s, ns = mtime.split(b".")
            self.records.append(Record(
                kind, int(seq), int(size), int(s) * 10 ** 9 + int(ns),
                int(ino), digest, path))
        else:
            words = line.split(b" ", 4 if kind == "node" else 3)
            to = unescape(lines.pop(0)[5:]) if kind == "moved" else \
                words[3].decode() if kind == "node" else None
            self.records.append(Record(kind, int(words[2]), None, None, None,
                                       None, unescape(words[-1]), to))

    def learned(self):
        """{kind: paths} of what its step has read."""
        of = {}
        for r in self.records:
            if r.kind in LEARNED:
                of.setdefault(r.kind, set()).add(r.path)
        return of

    def paths(self, *kinds):
        return sorted(r.path for r in self.records if r.kind in kinds)


def xxhsum(path):
    """Its XXH3-128, by another program."""
    with open(path, "rb") as f:
        out = subprocess.run(["xxhsum", "-H2", "-"], stdin=f, check=True,
                             stdout=subprocess.PIPE).stdout
    return out.split()[0].decode()


def checked(name, root=None):
    """xxhsum -c must take the manifest; what it says of each path."""
    m = Manifest(name)
    got = subprocess.run(["xxhsum", "-c", "-"], input=m.text, check=False,
                         cwd=root or MNT, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    check(b"no properly formatted" not in got.stderr, got.stderr)
    said = {}
    for line in got.stdout.split(b"\n"):
        path, _, word = line.rpartition(b": ")
        if word in (b"OK", b"FAILED"):
            said[os.fsdecode(path[path.startswith(b"./") * 2:])] = word.decode()
    bad = [w for w in said.values() if w != "OK"]
    eq(got.returncode != 0, bad != [] or b"could not be read" in got.stdout,
       "%r" % got)
    return said


def holds(m, path):
    """The record of @path is what is there now, and its content."""
    r = m.of[path]
    st = os.stat(MNT / path)
    eq(r.kind, "file", path)
    eq((r.size, r.mtime, r.ino),
       (st.st_size, st.st_mtime_ns, (BACKING / path).stat().st_ino), path)
    eq(r.digest, xxhsum(MNT / path), path)
