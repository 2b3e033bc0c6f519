# SPDX-License-Identifier: MIT
# about: F12: two processes have an SQLite database in WAL mode open at once, and each sees what the other commits
# options: --in-place *.db --in-place *.db-*
# native: yes
import multiprocessing
import sqlite3

from mounttest import *

ROWS = 200


def connect():
    return sqlite3.connect("a.db", timeout=PATIENCE, isolation_level=None)


def insert(number, ready):
    """Commits one row at a time, and reads back after each."""
    db = connect()
    ready.wait()
    for i in range(ROWS):
        db.execute("begin immediate")
        db.execute("insert into t values(?, ?)", (number, i))
        db.execute("update total set n = n + 1")
        db.execute("commit")
        mine, = db.execute("select count(*) from t where who = ?",
                           (number,)).fetchone()
        assert mine == i + 1, (number, i, mine)
    db.close()


def main():
    db = connect()
    eq(db.execute("pragma journal_mode=wal").fetchone(), ("wal",))
    db.execute("create table t(who, i)")
    db.execute("create table total(n)")
    db.execute("insert into total values(0)")
    ready = multiprocessing.Event()
    children = [multiprocessing.Process(target=insert, args=(i, ready))
                for i in range(2)]
    for c in children:
        c.start()
    ready.set()
    # A third one reads meanwhile: a consistent state, that only grows.
    last = 0
    while any(c.is_alive() for c in children):
        db.execute("begin")
        n, = db.execute("select n from total").fetchone()
        rows, = db.execute("select count(*) from t").fetchone()
        db.execute("commit")
        eq(rows, n, "rows of one transaction")
        check(n >= last, "%d rows after %d" % (n, last))
        last = n
    for c in children:
        c.join()
        eq(c.exitcode, 0, "a writer")
    eq(db.execute("select n from total").fetchone(), (2 * ROWS,))
    eq(db.execute("pragma integrity_check").fetchone(), ("ok",))
    check(os.path.exists("a.db-wal"), "the write-ahead log")
    db.close()
    check(not os.path.exists("a.db-wal"), "the last one to close removes it")


main()
