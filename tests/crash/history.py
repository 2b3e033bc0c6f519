# SPDX-License-Identifier: MIT
"""What the recorder wrote down, and what may be true after a power cut.

A cut happens after some record of the log. What was written before the last
flush is on the disk; of what was written since, any part may be.
"""

import mmap
import random
import struct

WRITE, ZERO, FLUSH, NOTE = 1, 2, 3, 4
HEAD = struct.Struct("=IIQ")
SECTOR = 512
EMPTY = ("0", "0")
ABSENT = ("-", "0")


class Log:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.map = mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)
        self.records = []  # (type, offset on disk, size, offset of the data)
        at = 0
        while at < len(self.map):
            kind, size, offset = HEAD.unpack_from(self.map, at)
            at += HEAD.size
            self.records.append((kind, offset, size, at))
            if kind in (WRITE, NOTE):
                at += size
        self.flushes = sum(r[0] == FLUSH for r in self.records)

    def notes(self, upto):
        """(position, words) of each note among the first @upto records."""
        for i, (kind, _, size, at) in enumerate(self.records[:upto]):
            if kind == NOTE:
                for line in self.map[at:at + size].decode().splitlines():
                    yield i, line.split()

    def apply(self, image, i, pieces=None, piece=SECTOR):
        """Record @i to the open @image; of a write only some @pieces."""
        kind, offset, size, at = self.records[i]
        if kind == ZERO:
            image.seek(offset)
            image.write(bytes(size * SECTOR))
        elif kind == WRITE and pieces is None:
            image.seek(offset)
            image.write(self.map[at:at + size])
        elif kind == WRITE:
            for p in pieces:
                image.seek(offset + p)
                image.write(self.map[at + p:at + min(p + piece, size)])


class Cut:
    """A power cut after the first @upto records, and what it leaves.

    @sector: what the disk writes whole or not at all.
    """

    def __init__(self, log, upto, seed, sector=SECTOR):
        self.log, self.upto, self.sector = log, upto, sector
        self.rng = random.Random("%s/%d" % (seed, upto))
        self.flushed = upto
        while self.flushed and log.records[self.flushed - 1][0] != FLUSH:
            self.flushed -= 1
        self.how = self.rng.choice(("all", "none", "some", "some", "torn"))

    def leave(self, image):
        """Writes what is left, of what no flush came for, to @image."""
        since = [i for i in range(self.flushed, self.upto)
                 if self.log.records[i][0] in (WRITE, ZERO)]
        if self.how == "none":
            return
        share = self.rng.random()
        for i in since:
            if self.how == "all" or self.rng.random() < share:
                self.log.apply(image, i)
            elif self.how == "torn":
                size = self.log.records[i][2]
                self.log.apply(image, i, [
                    p for p in range(0, size, self.sector)
                    if self.rng.random() < share], self.sector)


class Promises:
    """What the notes before a crash say must and may be there.

    @level is that of --durability, or "kill" when it was but the daemon that
    died: then nothing may be torn, and close(2) alone has promised nothing.
    """

    def __init__(self, notes, level):
        self.states = {}   # file: {n: (size, crc)}
        self.how = {}      # file: {n: how it was written}
        self.closed = {}   # file: n of the last state that was ended
        self.durable = {}  # file: n of the last that must be there
        self.vouched = {}  # mark: {file: n} when it was begun
        self.marks = set() # that must be there
        for words in notes:
            self.take(words, level)

    def take(self, words, level):
        what, name = words[:2]
        if what == "S":
            self.states.setdefault(name, {0: ABSENT})
            self.states[name][int(words[2])] = tuple(words[3:])
        elif what == "P":
            self.closed[name] = int(words[2])
            self.how.setdefault(name, {0: "nothing"})[int(words[2])] = words[4]
            if level == "close" and words[3] == "close":
                self.durable[name] = int(words[2])
        elif what == "D":
            self.durable[name] = int(words[2])
        elif what == "B":
            self.vouched[name] = dict(self.closed)
        elif what == "M":
            self.marks.add(name)

    def problems(self, found, marks, level):
        """Sentences on what is wrong with the files and marks @found."""
        lost = self.marks - marks
        for mark in sorted(lost):
            yield "mark %s was made, and is not there" % mark
        for mark in sorted(marks - set(self.vouched)):
            yield "mark %s is there, and was never begun" % mark
        least = {f: (n, "by a sync") for f, n in self.durable.items()}
        for name, (n, mark) in self.least_by_marks(marks).items():
            least[name] = max((n, "by mark " + mark), least.get(name, (0, "")))
        loose = self.loose(marks)
        for name in sorted(self.states):
            yield from self.of_file(name, least.get(name, (0, "")),
                                    found.get(name, ABSENT),
                                    level == "checkpoint" and name in loose)
        for name in sorted(set(found) - set(self.states)):
            if not name.endswith(".part"):
                yield "%s is there, and was never written" % name

    def least_by_marks(self, marks):
        """file: (n, mark), the last state that one of @marks vouches for."""
        least = {}
        for mark in sorted(marks & set(self.vouched)):
            for name, n in self.vouched[mark].items():
                least[name] = max((n, mark), least.get(name, (0, "")))
        return least

    def loose(self, marks):
        """Files that are not what @marks vouch for, or its replacement.

        They are new, or were removed and made anew: a cut may tear them.
        """
        least = self.least_by_marks(marks)
        return {name for name, states in self.states.items()
                if any(s == ABSENT for n, s in states.items()
                       if n >= least.get(name, (0, ""))[0])}

    def of_file(self, name, promised, got, may_tear):
        states = self.states[name]
        least, why = promised
        held = [n for n, s in states.items() if s == got]
        if any(n >= least for n in held):
            return
        # What came after may be torn, which an empty file may look like.
        if may_tear and least < max(states) and (not held or got == EMPTY):
            return
        if held:
            yield ("%s is as in state %d of %d, but state %d (%s) was "
                   "promised %s" % (name, max(held), max(states), least,
                                    self.how[name][least], why))
        else:
            yield ("%s is torn: %s bytes, crc %s; state %d (%s) was "
                   "promised %s" % (name, *got, least, self.how[name][least],
                                    why))
