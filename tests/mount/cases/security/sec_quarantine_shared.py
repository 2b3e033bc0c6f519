# SPDX-License-Identifier: MIT
# about: F11: whatever a user fills quarantine with, what is kept for others stays
# needs: root
# options: --allow-other --partial-keep 300K,1d --sync-interval 0
# quarantine: some
from mounttest import *
from users import *

let_all_in()


def leave(uid, path, size):
    """What a killed process of @uid has left."""
    p = Peer()
    if uid:
        p(be, uid)
    p.put(path, pattern(size, uid), TRUNC)
    p.kill(signal.SIGKILL)
    wait_until(lambda: '"%s": not promoted' % path in log(), path)


def log():
    return read(BACKING / ".idemfs/log").decode()


leave(A, "a", 100_000)
leave(0, "root", 100_000)
write("of_a", b"committed")
os.chown("of_a", A, A)
for i in range(5):
    leave(B, "b%d" % i, 100_000)
# What B has not finished of a file of A's is B's.
leave(B, "of_a", 400_000)
for i in range(5):
    wait_until(lambda: '"b%d": partial %d dropped' % (i, i + 3) in log(), i)
wait_until(lambda: len(partials()) == 3, "as long as the log says")
eq([p["path"] for p in partials()], ["a", "root", "of_a"])
eq([p["content"] for p in partials()[:2]],
   [pattern(100_000, A), pattern(100_000, 0)])
check('"a": partial' not in log() and '"root": partial' not in log(), "dropped")

# That of A's own is bounded as ever.
leave(A, "a2", 400_000)
wait_until(lambda: '"a": partial 1 dropped: its owner had more than' in log(),
           "oldest of A's")
