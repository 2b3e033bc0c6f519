# SPDX-License-Identifier: MIT
# about: C4: --stale hide: no mark is ever judged stale for what later steps do through the mount, also while they do it
# options: --stale hide --cache 0
# options: --stale hide --cache 0 --threads 1
from mounttest import *

CP = Path(".checkpoints")
ROUNDS = 50


def later_steps():
    """All that a later step may do to what earlier ones have made."""
    for i in range(ROUNDS):
        write("rewritten", b"%d" % i)
        write("appended", b"x", APPEND)
        os.utime("touched", (i, i))
        os.chmod("rewritten", 0o600 + i % 2)
        os.rename("renamed%d" % (i % 2), "renamed%d" % ((i + 1) % 2))
        os.rename("dir%d" % (i % 2), "dir%d" % ((i + 1) % 2))
        write("dir%d/new%d" % ((i + 1) % 2, i), b"")
        write("removed", b"")
        os.unlink("removed")
        os.truncate("rewritten", 1)
        write("temp", b"%d" % i)
        os.rename("temp", "replaced")
        if i % 25 == 0:
            write(CP / ("later%d.done" % i), b"")
        if i % 10 == 0:
            write(CP / "again.done", b"")


for name in ("rewritten", "appended", "touched", "renamed0", "removed",
             "replaced", "dir0/file"):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    write(name, name.encode())
write(CP / "first.done", b"")
write("link", b"x")
os.link("link", "other link")
os.symlink("link", "symlink")
write(CP / "second.done", b"")
p = Peer()
p.send(later_steps)
while p.busy(0):
    for mark in ("first.done", "second.done"):
        os.stat(CP / mark)
        check(mark in names(CP), "it is listed")
p.result()
os.unlink("link")
os.unlink("symlink")
check(not any(m["stale"] for m in status_json()["marks"]), "none is stale")
check("is stale" not in idemfs("log", MNT), idemfs("log", MNT))
# Only the last mark that told of a path is held against it.
(BACKING / "rewritten").unlink()
wait_until(lambda: not (CP / "again.done").exists(), "then one is")
for mark in ("first.done", "second.done"):
    os.stat(CP / mark)
eq([m["name"] for m in status_json()["marks"] if m["stale"]], ["again.done"])
