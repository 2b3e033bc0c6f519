# SPDX-License-Identifier: MIT
# about: F8: git and sqlite3, killed at any moment, find a repository and a database that are whole
# needs: git sqlite3
# quarantine: some
# timeout: 240
# native: yes
import random

from group import *
from mounttest import *

ROUNDS = 25
GIT = ["git", "-C", "repo", "-c", "user.name=t", "-c", "user.email=t@e.org"]
COMMANDS = [
    "seq $RANDOM > repo/a; $GIT add -A; $GIT commit -qm x",
    "seq $RANDOM > repo/b$RANDOM; $GIT add -A; $GIT commit -qm x; $GIT gc -q",
    "$GIT checkout -q HEAD~2; $GIT checkout -q main",
    "$GIT repack -q -a -d; $GIT prune; $GIT pack-refs --all",
    "$GIT branch -f other HEAD~1; $GIT merge -q --no-edit other",
]


def start(script):
    return start_group(["bash", "-c", script])


def kill_later(child):
    time.sleep(random.random() * 0.15)
    kill_group(child)


def git(*argv):
    return run(*GIT, *argv)


def look_at_git():
    """As a user would go on: locks that are left are removed, no more."""
    for lock in Path("repo/.git").rglob("*.lock"):
        lock.unlink()
    git("fsck", "--strict", "--no-progress", "--no-dangling")
    git("reset", "-q", "--hard")
    git("checkout", "-q", "-f", "main")  # a file may lie in the way
    check(int(git("rev-list", "--count", "HEAD")) >= 3, "commits")


def look_at_sqlite():
    eq(run("sqlite3", "a.db", "pragma integrity_check").strip(), "ok")
    rows, total = run("sqlite3", "a.db", "select count(*), (select n from n) "
                      "from t").strip().split("|")
    eq(rows, total, "rows of whole transactions")


seed = int.from_bytes(os.urandom(4), "little")
random.seed(seed)
print("seed", seed)
run("git", "init", "-q", "-b", "main", "repo")
for i in range(3):
    write("repo/a", b"%d\n" % i)
    git("add", "-A")
    git("commit", "-qm", "number %d" % i)
for i in range(ROUNDS):
    kill_later(start("GIT='%s'; %s" % (" ".join(GIT), COMMANDS[i % 5])))
    look_at_git()

run("sqlite3", "a.db", "create table t(x); create table n(n); "
    "insert into n values(0)")
INSERT = ("begin; insert into t select 1 union all select x from t limit 3000; "
          "update n set n = (select count(*) from t); commit")
for i in range(ROUNDS):
    kill_later(start("for i in $(seq 50); do sqlite3 a.db '%s'; done" % INSERT))
    look_at_sqlite()
