# SPDX-License-Identifier: MIT
# about: cli: idemfs log tells marks, failures, quarantine and recovery in order, whatever --log-level says
# mount: no
# quarantine: some
import re

from mounttest import *

OPTIONS = ["--log-level", "error", "--open-wait", "0.1"]
STAMP = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} ")
cp = MNT / ".checkpoints"


def lines(where):
    return idemfs("log", where).splitlines()


def in_order(got, words):
    """Each line of @words is found in @got, after the one before."""
    rest = iter(got)
    for w in words:
        check(any(re.search(w, line) for line in rest),
              "no %r in order in:\n%s" % (w, "\n".join(got)))


with mounted(*OPTIONS):
    write(cp / "a.done", b"")
    w = Peer()
    w.put(MNT / "killed", b"half")
    raises(errno.EBUSY, write, cp / "b.done", b"")
    w.kill()
    wait_until(lambda: partials(), "the partial")
    os.rename(cp / "a.done", cp / "c.done")
    os.unlink(cp / "c.done")
    story = ["serving", "mark \"a.done\" made by pid",
             "mark \"b.done\" not made: .*\"killed\" .*pid %d" % w.pid,
             "\"killed\": not promoted: .*SIGKILL.*kept as partial",
             "mark \"a.done\" renamed to \"c.done\"",
             "mark \"c.done\" forgotten"]
    in_order(lines(MNT), story)

idemfs("mount", *OPTIONS, BACKING, MNT)
w = Peer()
w.put(MNT / "lost", b"half")
os.kill(daemon_pid(), signal.SIGKILL)
raises((errno.ENOTCONN, errno.ECONNABORTED), lambda: wait_until(
    lambda: os.stat(MNT) is None, "the end of the mount"))
w.exit()
idemfs("umount", MNT)
with mounted(*OPTIONS):
    pass
story += ["ended: 0 promoted, 1 discarded", "serving",
          "\"lost\": left by a crash, kept as partial", "serving", "ended"]
got = lines(BACKING)
in_order(got, story)
for line in got:
    check(STAMP.match(line), "no time in: " + line)
times = [line[:23] for line in got]
eq(times, sorted(times), "in order of time")
check(len(idemfs("log", "--all", BACKING).splitlines()) >= len(got), "--all")
idemfs("log", TMP, status=1)
