# SPDX-License-Identifier: MIT
# about: sqlite3 of Python: transactions, two connections, WAL, backup, a blob, a crash in between
import os
import sqlite3

for mode in ("delete", "wal", "persist"):
    db = sqlite3.connect(mode + ".db")
    print(db.execute("pragma journal_mode=" + mode).fetchone())
    db.execute("create table t(x integer primary key, y)")
    db.executemany("insert into t values(?, ?)",
                   ((i, "row %d" % i) for i in range(2000)))
    db.commit()
    other = sqlite3.connect(mode + ".db", timeout=20)
    print(other.execute("select count(*) from t").fetchone())
    db.execute("delete from t where x % 2")
    db.rollback()
    other.execute("update t set y = 'other' where x < 10")
    other.commit()
    print(db.execute("select y from t where x = 5").fetchone())
    other.close()
    copy = sqlite3.connect("copy-%s.db" % mode)
    db.backup(copy)
    print(copy.execute("pragma integrity_check").fetchone())
    copy.close()
    db.execute("vacuum")
    db.close()
    again = sqlite3.connect("file:%s.db?mode=ro" % mode, uri=True)
    print(again.execute("select sum(x) from t").fetchone())
    again.close()
os.remove("persist.db-journal")
print(sorted(os.listdir(".")))
