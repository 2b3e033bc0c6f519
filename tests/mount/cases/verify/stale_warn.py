# SPDX-License-Identifier: MIT
# about: C4: --stale warn, the default: a mark whose outputs were changed behind the mount's back is kept and flagged, in status, status --watch, report and for idemfs step, which does the step again
# options: --cache 0
from mounttest import *
from page import Page

CP = Path(".checkpoints")
DO = ["sh", "-c", "echo run >> %s; echo out > out" % (TMP / "ran")]


def step(*argv):
    got = subprocess.run([IDEMFS, "step", *argv], stderr=subprocess.PIPE,
                         check=True, text=True)
    return got.stderr


def stale():
    return sorted(m["name"] for m in status_json()["marks"] if m["stale"])


def page():
    text = Page(idemfs("report", MNT))
    return {row[0].split()[0]: row[0] for row in text.rows["steps"][1:]}, text


step("step.done", *DO)
write("data", b"data")
write(CP / "data.done", b"")
write(CP / "empty.done", b"")
eq(stale(), [])
check("skipped" in step("step.done", *DO), "it holds")
rows, text = page()
check(not any("stale" in r for r in rows.values()), rows)

watching = subprocess.Popen([IDEMFS, "status", "--watch", MNT],
                            stdout=subprocess.PIPE, text=True)
(BACKING / "out").unlink()
(BACKING / "data").write_bytes(b"DATA")
wait_until(lambda: stale() == ["data.done", "step.done"], "both are stale")
eq(names(CP), ["data.done", "empty.done", "step.done"], "they are kept")
why = {m["name"]: m.get("why") for m in status_json()["marks"]}
eq(why, {"data.done": "changed data: another time",
         "step.done": "missing out", "empty.done": None})
eq(os.getxattr(CP / "step.done", "user.idemfs.stale"), b"missing out")
raises(errno.ENODATA, os.getxattr, CP / "empty.done", "user.idemfs.stale")
eq(os.listxattr(CP / "step.done"), [])
said = idemfs("status", MNT)
check("step.done  stale: missing out\n" in said, said)
check(b"\nstale step.done\n" in read(CP / ".progress"), "for --watch")
line = watching.stdout.readline()
while "stale" not in line:  # of the mark that was made since, say
    check(line, "the watcher is told")
    line = watching.stdout.readline()
watching.terminate()
watching.wait()
rows, text = page()
check("stale" in rows["step.done"] and "missing out" in rows["step.done"] and
      "stale" in rows["data.done"] and "stale" not in rows["empty.done"], rows)
check(("steps", "warn") in text.classes, "in colour")
check("2stale marks" in text.text["head"].replace("\n", ""), "summary")
eq([c for c, _ in text.bars].count("warn"), 2)

said = step("step.done", *DO)
check("missing out, so it is run again" in said, said)
eq(read(TMP / "ran"), b"run\nrun\n")
eq(read("out"), b"out\n")
wait_until(lambda: stale() == ["data.done"], "it has been done again")
check("skipped" in step("step.done", *DO), "and holds")
eq(read(TMP / "ran"), b"run\nrun\n")
write("data", b"new")
wait_until(lambda: stale() == [], "what is changed through the mount holds")
write(CP / "data.done", b"")
eq(stale(), [])
