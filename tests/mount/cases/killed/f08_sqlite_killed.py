# SPDX-License-Identifier: MIT
# about: F8: a killed SQLite writer in WAL mode, or between transactions, loses nothing it has committed
# quarantine: some
# native: yes
import random
import sqlite3

from mounttest import *

ROUNDS = 4 if os.environ.get("BRIEF") else 12


def connect(name):
    return sqlite3.connect(name, isolation_level=None, timeout=60)


def count(name):
    db = connect(name)
    eq(db.execute("pragma integrity_check").fetchone()[0], "ok", name)
    n = db.execute("select count(*) from t").fetchone()[0]
    db.close()
    return n


def insert(name, fd, forever):
    """Inserts, and tells of each commit by @fd."""
    db = connect(name)
    while True:
        db.execute("insert into t select randomblob(3000)")
        os.write(fd, b"x")
        while not forever:
            signal.pause()


for mode, forever in (("wal", True), ("wal", False), ("delete", False)):
    name = "%s%d.db" % (mode, forever)
    db = connect(name)
    db.execute("pragma journal_mode=" + mode)
    db.execute("create table t(x)")
    db.close()
    for i in range(ROUNDS):
        before = count(name)
        told, tell = os.pipe()
        p = Peer(keep=True)
        p.send(insert, name, tell, forever)
        os.close(tell)
        committed = 0
        for _ in range(random.randrange(1, 100) if forever else 1):
            committed += len(os.read(told, 1))
        os.kill(p.pid, signal.SIGKILL)
        os.waitpid(p.pid, 0)
        committed += sum(len(c) for c in iter(lambda: os.read(told, 99), b""))
        os.close(told)
        got = count(name) - before
        check(got in (committed, committed + 1),
              "%s: %d are there of %d" % (name, got, committed))
