# SPDX-License-Identifier: MIT
# about: C6: what removed marks told is kept as far as others need it: steps that are done again and again do not make it grow, and marks are still judged by it
# mount: no
from mounttest import *

CP = MNT / ".checkpoints"
KEPT = BACKING / ".idemfs/forgotten"


def holds(status=0):
    idemfs("verify", MNT, status=status)
    return idemfs("verify", "--full", BACKING if status else MNT,
                  status=status)


with mounted():
    os.mkdir(MNT / "dir0")
    for name in ("shared", "dir0/file", "gone", "renamed0"):
        write(MNT / name, b"setup")
    write(CP / "setup.done", b"")
    for i in range(80):
        write(MNT / "shared", b"%d" % i)
        write(MNT / ("own%d" % i), b"x")
        if i == 40:
            os.unlink(MNT / "gone")
            os.rename(MNT / "renamed0", MNT / "renamed1")
            os.rename(MNT / "dir0", MNT / "dir1")
        if i > 40:
            write(MNT / "dir1/file", b"%d" % i)
        os.unlink(MNT / ("own%d" % i))
        write(CP / "again.done", b"")
        os.unlink(CP / "again.done")
    wait_until(lambda: len(names(KEPT)) < 64, "they are tidied up")
    holds()
with mounted():
    for i in range(70):
        write(MNT / "shared", b"%d" % i)
        write(CP / "again.done", b"")
        os.unlink(CP / "again.done")
    wait_until(lambda: len(names(KEPT)) < 64, "and again")
    check(sum(f.stat().st_size for f in KEPT.iterdir()) < 50000, "bytes")
    said = holds()
    check("all hold" in said, said)
    eq([m["stale"] for m in status_json()["marks"]], [False])
(BACKING / "dir1/file").unlink()
with mounted():
    idemfs("verify", MNT, status=1)
    wait_until(lambda: status_json()["marks"][0]["stale"], "it is found")
    os.unlink(CP / "setup.done")

# What the marks of a run told stays true when the run is removed.
with mounted("--run-id", "one"):
    write(MNT / "shared", b"one")
    write(CP / "a.done", b"")
with mounted("--run-id", "two"):
    write(MNT / "shared", b"and two")
    os.mkdir(CP / "group")
    write(CP / "group/a.done", b"")
idemfs("runs", "--remove", "two", BACKING)
check("1 path of 1 mark: all hold" in idemfs("verify", BACKING), "run one")
