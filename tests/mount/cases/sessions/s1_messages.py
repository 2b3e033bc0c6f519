# SPDX-License-Identifier: MIT
# about: S1: only the process that has begun a session speaks for it; hostile messages are refused, and a session whose process is killed ends
# mount: no
# needs: root
import errno

from mounttest import *
from users import *

ARGV = b"argv 0123456789abcdef0123456789abcdef\n"


def message(act, name=b"s", *lines):
    return b"".join([b"idemfs-step 1\n", act, b" ", name, b"\n",
                     *[l + b"\n" for l in lines], b"command c\n", ARGV])


def open_step():
    return os.open(".checkpoints/.step", os.O_RDWR)


def tell(fd, *args):
    """0, or the name of the error."""
    text = message(*args)
    try:
        os.pwrite(fd, text, 0)
        os.fsync(fd)
    except OSError as e:
        return errno.errorcode[e.errno]
    return 0


def sessions():
    return {s["name"]: s for s in status_json()["sessions"]}


RUN = b"kind run"
SESSION = b"kind session"
ours, theirs = socket.socketpair()


def begin_and_give():
    mine = open_step()
    r = tell(mine, b"begin", b"killed", SESSION)
    socket.send_fds(theirs, [b"x"], [mine])
    return r


def take(n):
    fds = [open_step() for _ in range(n)]
    return [tell(f, b"begin", b"s%d" % f, SESSION) for f in fds], fds


def no_messages(fd):
    for name in (b"", b"x" * 300):
        eq(tell(fd, b"begin", name, RUN), "EINVAL", name)
    eq(tell(fd, b"begin", b"../x"), "EINVAL", "a step has the name of a mark")
    eq(tell(fd, b"begin", b"a\\x00b", RUN), "EINVAL", "a NUL")
    eq(tell(fd, b"begin", b"s", b"kind shell"), "EINVAL")
    eq(tell(fd, b"end", b"s", RUN), "EINVAL", "without a begin")
    eq(tell(fd, b"begin", b"s", RUN, b"pid 1"), "EPERM", "of another process")
    eq(tell(fd, b"begin", b"s", RUN, b"pid %d" % os.getppid()), "EPERM")
    eq(sessions(), {})


def one_at_a_time(fd):
    # Any other name is one; a file has one session.
    eq(tell(fd, b"begin", b"odd\\n\\x1b\\xff", RUN, b"pid %d" % os.getpid()), 0)
    (odd,) = sessions().values()
    check(odd["running"] and odd["kind"] == "run" and odd["id"] > 0, odd)
    eq((odd["pid"], odd["parent"], odd["overlaps"]), (os.getpid(), 0, []))
    eq(tell(fd, b"begin", b"again", RUN), "EBUSY")
    eq(tell(fd, b"mark", b"m"), "EINVAL", "a mark by a run")
    eq(tell(fd, b"fail", b"m"), "EINVAL")
    eq(tell(fd, b"end", b"s", SESSION), "EINVAL", "of another kind")

    # A descriptor that another process got, of this user or another.
    for uid in (0, A):
        p = Peer(keep=True)
        if uid:
            p(be, uid)
        for act in (b"begin", b"end"):
            eq(p(tell, fd, act, b"s", RUN), "EPERM", (uid, act))
        p.exit()
    check(next(iter(sessions().values()))["running"], "it runs on")
    write("f", b"1")
    eq(tell(fd, b"end", b"s", RUN), 0)
    (odd,) = sessions().values()
    check(not odd["running"] and odd["files"] == 1, odd)

    # Nor may another user begin one by it.
    p = Peer(keep=True)
    p(be, A)
    eq(p(tell, fd, b"begin", b"s", RUN), "EPERM")
    p.exit()


def killed():
    # Another process has its file open, too.
    p = Peer(keep=True)
    eq(p(begin_and_give), 0)
    kept = socket.recv_fds(ours, 1, 1)[1][0]
    p(write, "g", b"2")
    wait_until(lambda: sessions()["killed"]["files"] == 1, "its file")
    check(sessions()["killed"]["running"], "it runs")
    p.kill()
    eq((sessions()["killed"]["running"], sessions()["killed"]["how"]),
       (False, "killed"))
    eq(tell(kept, b"end", b"killed", SESSION), "EINVAL", "it has ended")
    os.close(kept)

    # Its number, or that of a thread, is no session of others.
    write(".checkpoints/by-time", b"")
    check(b"# scope time\n" in (BACKING / ".idemfs/marks/by-time").read_bytes(),
          "a mark outside of all")


def all_places(fd):
    p = Peer()
    p(be, A)
    told, fds = p(take, 300)
    eq(told, [0] * 256 + ["EBUSY"] * 44)
    q = Peer()
    q(be, B)
    eq(q(take, 2)[0], [0, 0])
    eq(tell(fd, b"begin", b"s", RUN), 0)
    p.exit()
    q.exit()
    wait_until(lambda: [n for n, s in sessions().items() if s["running"]] ==
               ["s"], "only that of root runs")
    check("session" in Path(".checkpoints/.progress").read_text(), "progress")
    os.close(fd)
    wait_until(lambda: not sessions()["s"]["running"], "its file is closed")
    eq(sessions()["s"]["how"], "killed")


os.chmod(BACKING, 0o777)
os.umask(0)
with mounted("--allow-other"):
    os.chdir(MNT)
    step = open_step()
    no_messages(step)
    one_at_a_time(step)
    killed()
    all_places(step)
    os.chdir(TMP)
