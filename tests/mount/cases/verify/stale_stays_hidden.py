# SPDX-License-Identifier: MIT
# about: C4: --stale hide: a mark that was hidden stays so when its step is interrupted half-way, over a new mount, too; it is shown again when all is back as it was
# mount: no
from mounttest import *

CP = MNT / ".checkpoints"
HIDE = ("--stale", "hide")


def stale():
    return sorted(m["name"] for m in status_json()["marks"] if m["stale"])


with mounted(*HIDE):
    write(MNT / "one", b"1")
    write(MNT / "two", b"2")
    write(CP / "a.done", b"")
    write(MNT / "other", b"3")
    write(CP / "b.done", b"")

(BACKING / "one").unlink()
with mounted(*HIDE):
    eq(names(CP), ["b.done"])
    write(MNT / "one", b"1, and then it was killed")
with mounted(*HIDE):
    eq(names(CP), ["b.done"], "half of it was made again")
    eq(run(IDEMFS, "wait", "--timeout", "0.1", MNT, "a.done", status=124), "")
    idemfs("wait", MNT, "b.done")
    waiting = subprocess.Popen([IDEMFS, "wait", MNT, "a.done"])
    write(MNT / "two", b"2")
    eq(waiting.poll(), None)
    write(CP / "a.done", b"")
    eq(waiting.wait(PATIENCE), 0, "wait ends when it is made anew")
    eq(names(CP), ["a.done", "b.done"])
with mounted(*HIDE):
    eq(names(CP), ["a.done", "b.done"], "made anew")

# A disk that is not there today takes its outputs away, and brings them back.
os.rename(BACKING / "other", BACKING / "elsewhere")
with mounted(*HIDE):
    eq(names(CP), ["a.done"])
with mounted():
    eq(names(CP), ["a.done", "b.done"], "--stale warn keeps it")
    eq(os.stat(CP / "b.done").st_mode & 0o7000, 0)
    eq(stale(), ["b.done"])
    check(b"missing other" in os.getxattr(CP / "b.done", "user.idemfs.stale"),
          "why")
os.rename(BACKING / "elsewhere", BACKING / "other")
with mounted(*HIDE):
    eq(names(CP), ["a.done", "b.done"])
    eq(stale(), [])
check("shown again" in idemfs("log", BACKING), "the log")

# A run of its own, and one that is named
with mounted("--run-id", "r", *HIDE):
    write(MNT / "three", b"3")
    write(CP / "c.done", b"")
(BACKING / "three").unlink()
(BACKING / "two").unlink()
with mounted("--run-id", "r", *HIDE):
    eq(names(CP), [])
    eq(stale(), ["r/c.done"])
with mounted("--run-id", "q", *HIDE):
    eq(names(CP / "r"), [])
with mounted(*HIDE):
    eq(names(CP), ["b.done", "q", "r"])
    eq(stale(), ["a.done", "r/c.done"])

# A mark that cannot be believed
mark = BACKING / ".idemfs/marks/b.done"
mark.write_bytes(mark.read_bytes().replace(b"# pid ", b"# pid 9"))
with mounted(*HIDE):
    eq(names(CP), ["q", "r"])
