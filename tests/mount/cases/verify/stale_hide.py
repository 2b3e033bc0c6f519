# SPDX-License-Identifier: MIT
# about: C4: --stale hide: a mark whose outputs were deleted, edited, replaced or touched behind the mount's back, and no other, reads as absent in every way, until its step makes it anew
# options: --stale hide --cache 0
# options: --stale hide --cache 0 --threads 1
from mounttest import *

CP = Path(".checkpoints")


def replace(path):
    """By a copy with the same bytes and times."""
    run("cp", "-p", path, BACKING / "copy")
    os.rename(BACKING / "copy", path)


HOW = {"deleted": os.unlink, "replaced": replace,
       "edited": lambda p: p.write_bytes(b"other bytes"),
       "touched": lambda p: os.utime(p, (1, 1))}


def gone(name):
    wait_until(lambda: not (CP / name).exists(), name + " is stale")
    check(Path(name).name not in names((CP / name).parent), "it is listed")
    absent(CP / name)
    raises(errno.ENOENT, os.open, CP / name, os.O_RDONLY)
    raises(errno.ENOENT, os.unlink, CP / name)
    raises(errno.ENOENT, os.rename, CP / name, CP / "other")
    raises(errno.ENOENT, os.utime, CP / name)
    raises(errno.ENOENT, os.chmod, CP / name, 0o600)


os.mkdir(CP / "group")
for how in HOW:
    write(how, b"bytes")
    write(CP / (how + ".done"), b"")
write("kept", b"bytes")
write(CP / "kept.done", b"")
write("in group", b"bytes")
write(CP / "group/g.done", b"note")
every = sorted([h + ".done" for h in HOW] + ["kept.done", "group"])
eq(names(CP), every)
eq(idemfs("verify", "--full", MNT).split(": ")[-1], "all hold\n")

for how, change in HOW.items():
    change(BACKING / how)
    gone(how + ".done")
    every.remove(how + ".done")
    eq(names(CP), every, "and only it")
    for name in every:
        os.stat(CP / name)
(BACKING / "in group").unlink()
gone("group/g.done")
eq(names(CP / "group"), [])
eq(names(CP), ["group", "kept.done"])
stale = sorted(m["name"] for m in status_json()["marks"] if m["stale"])
eq(stale, sorted([h + ".done" for h in HOW] + ["group/g.done"]))
raises(errno.ENODATA, os.getxattr, CP / "kept.done", "user.idemfs.stale")
said = idemfs("status", MNT)
check("deleted.done  stale: missing deleted\n" in said, said)
check("edited.done  stale: changed edited: 11 bytes, were 5\n" in said, said)
check("touched.done  stale: changed touched: another time\n" in said, said)
check("group/g.done  stale: missing in group\n" in said, said)
check("kept.done\n" in said, said)
check('mark "deleted.done" is stale, and hidden: missing deleted' in
      idemfs("log", MNT), "the log")

# Whatever makes something at its name finds nothing there.
script = "[ -e %s ] || { echo new > %s; touch %s; }"
sh(script % (CP / "deleted.done", "deleted", CP / "deleted.done"))
sh(script % (CP / "deleted.done", "never", CP / "deleted.done"))
absent("never")
eq(read("deleted"), b"new\n")
os.close(os.open(CP / "edited.done", EXCL))
check(b" edited\n" not in read(CP / "edited.done"),
      "what the old one told is not told again")
os.mkdir(CP / "touched.done")
os.rmdir(CP / "touched.done")
write("replaced", b"again")
write("note", b"a note")
renameat2("note", CP / "replaced.done", NOREPLACE)
eq(read(CP / "replaced.done"), b"a note")
write(CP / "x.done", b"")
eq(names(CP), ["deleted.done", "edited.done", "group", "kept.done",
               "replaced.done", "x.done"])
os.rmdir(CP / "group")
raises(errno.ENOENT, os.stat, CP / "group")

# rm -rf .checkpoints, a fresh start
(BACKING / "kept").unlink()
gone("kept.done")
run("rm", "-rf", CP)
eq(names(CP), [])
