# SPDX-License-Identifier: MIT
# about: cli: idemfs wait blocks until marks exist, from before the first mount and over an unmount
# mount: no
from mounttest import *

CP = MNT / ".checkpoints"


def waiter(*argv, **kwargs):
    return subprocess.Popen([IDEMFS, "wait", *map(str, argv)], **kwargs)


def asleep(p):
    """It waits, and does not poll: it sleeps in poll(2) without a time."""
    wait_until(lambda: p.poll() is not None or b"poll" in
               Path("/proc/%d/wchan" % p.pid).read_bytes(), "its sleep")
    eq(p.poll(), None, "ended before the marks were there")


def idle(*waiters):
    """Nothing wakes them for as long as one looks.  One that was still on the
    way to sleep may look again; one that polls is awake every time."""
    def switches():
        return [[s for s in
                 Path("/proc/%d/status" % p.pid).read_text().splitlines()
                 if s.startswith("voluntary_ctxt")] for p in waiters]

    before = None
    for _ in range(10):
        before, last = switches(), before
        if before == last:
            return
        time.sleep(1.5)
    fail("who waits wakes up: %s, %s" % (last, before))


def done(p, status=0):
    eq(p.wait(timeout=PATIENCE), status, "status of wait")


early = waiter(BACKING, "a.done", "g/b.done")
asleep(early)
with mounted():
    there = waiter(MNT, "a.done")
    later = waiter(MNT, "c.done", "late/d.done")
    asleep(there)
    asleep(later)
    asleep(early)
    idle(early, there, later)
    write(CP / "a.done", b"")
    done(there)
    asleep(early)
    os.mkdir(CP / "g")
    asleep(early)
    write(CP / "g/b.done", b"note")
    done(early)
    write(MNT / "tmp", b"x")
    os.rename(MNT / "tmp", CP / "c.done")
    asleep(later)
    idemfs("wait", MNT, "a.done", "g/b.done", "c.done")
    idemfs("wait", "--timeout", "0", MNT, "a.done")
    err = run(IDEMFS, "wait", "-t", "50ms", MNT, "none.done", status=124,
              stderr=subprocess.STDOUT)
    check("none.done" in err, "the mark that is missing: " + err)
idemfs("wait", "--timeout=0", BACKING, "c.done")
asleep(later)
with mounted("--run-id", "late"):
    write(CP / "d.done", b"")
    done(later)
    idemfs("wait", "-t", "0", MNT, "d.done")
    idemfs("wait", "-t", "0", MNT, "a.done", status=124)
    gone = waiter(MNT, "never.done")
    asleep(gone)
    gone.terminate()
    done(gone, -signal.SIGTERM)
for bad in (["x"], [], ["-t", "x", BACKING, "m"], [BACKING, "../x"],
            [BACKING, ""], ["--nope", BACKING, "m"]):
    idemfs("wait", *bad, status=2)
idemfs("wait", TMP / "none", "m", status=1)
