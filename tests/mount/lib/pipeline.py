# SPDX-License-Identifier: MIT
"""Runs an example pipeline, kills it at random moments, and runs it again.

The mount holds the outputs of round 1, complete. Round 2 is killed, often,
and run again until it is done. All the while a reader polls every output: it
must be that of round 1 or that of round 2, whole. At the end the tree must be
that of an undisturbed run on a plain directory.
"""

import fnmatch
import hashlib
import random
import shutil
import tempfile

from mounttest import *

STATUS = Path("/var/lib/dpkg/status")
# What the scripts make and rename or remove again themselves: killed between
# the two, they leave it, as they do anywhere.
PASSING = ("Makefile.new", "*.tmp", "all.tar",
           "tmp????????",  # of Python's tempfile
           "st??????")  # of ar


def command(name):
    return [str(TESTS / "pipelines" / name)]


def environ(round_):
    status = TMP / "status"
    if not status.exists():
        if STATUS.exists():
            shutil.copy(STATUS, status)
        else:  # not a Debian: the same shape from what there is
            with open(status, "w") as f:
                for h in sorted(Path("/usr/include").glob("*.h")):
                    f.write("Package: %s\nSection: %s\nInstalled-Size: %d\n\n"
                            % (h.stem, h.name[0], h.stat().st_size))
    return dict(os.environ, ROUND=str(round_), STATUS=str(status))


def start(name, folder, round_):
    return subprocess.Popen(command(name), cwd=folder, env=environ(round_),
                            stdin=subprocess.DEVNULL, start_new_session=True)


def finish(name, folder, round_):
    p = start(name, folder, round_)
    eq(p.wait(), 0, "status of %s, round %d" % (name, round_))


def passing(rel):
    return any(fnmatch.fnmatch(rel, pattern) for pattern in PASSING)


def digest(path):
    return hashlib.sha256(read(path)).hexdigest()


def tree(folder):
    """name: (mode, digest) of every file below, but for the marks."""
    found = {}
    for where, dirs, files in os.walk(folder):
        dirs[:] = [d for d in dirs if d not in (".checkpoints", ".idemfs")]
        for n in files:
            path = os.path.join(where, n)
            found[os.path.relpath(path, folder)] = (
                oct(os.stat(path).st_mode), digest(path))
    return found


def marks(folder):
    return sorted(os.path.relpath(os.path.join(w, f), folder)
                  for w, _, fs in os.walk(Path(folder) / ".checkpoints")
                  for f in fs)


def forget_marks(folder):
    for m in marks(folder):
        os.unlink(Path(folder) / m)


def reference(name):
    """What rounds 1 and 2 leave on a plain directory."""
    plain = TMP / "plain"
    plain.mkdir()
    found = []
    for round_ in (1, 2):
        finish(name, plain, round_)
        found.append((tree(plain), marks(plain)))
        forget_marks(plain)
    return found


def is_committed(data):
    """Is it a database as of one of its commits?

    SQLite fsyncs each; what its killed writer has fsynced is promoted (F8).
    """
    if not data.startswith(b"SQLite format 3\0"):
        return False
    with tempfile.NamedTemporaryFile(dir=TMP, suffix=".sqlite") as f:
        f.write(data)
        f.flush()
        return run("sqlite3", f.name, "pragma integrity_check",
                   status=None).strip() == "ok"


def judge(folder, rel, allowed):
    """One look at one output; the digest must be among the allowed ones."""
    try:
        data = read(os.path.join(folder, rel))
    except FileNotFoundError:
        return False
    got = hashlib.sha256(data).hexdigest()
    if got not in allowed and not is_committed(data):
        return "%s is torn: %d bytes: %s" % (rel, len(data), short(data[-80:]))
    return True


def watch(folder, known, stop, lenient):
    """Polls until the file @stop is there; how many reads, or what is wrong."""
    count = 0
    while not os.path.exists(stop):
        for rel, allowed in known.items():
            try:
                got = judge(folder, rel, allowed)
            except OSError as e:
                if lenient and e.errno in (errno.ENOTCONN, errno.ECONNABORTED,
                                           errno.EIO, errno.ENODEV):
                    time.sleep(0.01)
                    continue
                return "%s: %s" % (rel, e)
            if isinstance(got, str):
                return got
            count += got
    return count


def kill_tree(p):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(p.pid, signal.SIGKILL)
    p.wait()

    def gone():
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            return True
        return False

    wait_until(gone, "the end of all that the script started")


def kill_daemon():
    with contextlib.suppress(ProcessLookupError):
        os.kill(daemon_pid(), signal.SIGKILL)


def killed(name, points, daemon=False):
    """The test: @points times (a fourth of them, when all is to be brief), each
    with one to three kills, then to the end."""
    if os.environ.get("BRIEF"):
        points = max(2, points // 4)
    seed = int(os.environ.get("SEED", "1"))
    print("SEED=%d" % seed)
    rng = random.Random("%d %s" % (seed, name))
    one, two = reference(name)
    known = {rel: {t[rel][1] for t in (one[0], two[0]) if rel in t}
             for rel in set(one[0]) | set(two[0])}
    idemfs("mount", BACKING, MNT)
    finish(name, MNT, 1)
    eq(tree(MNT), one[0], "round 1 in the mount")
    began = time.monotonic()
    forget_marks(MNT)
    finish(name, MNT, 2)
    whole = time.monotonic() - began
    eq(tree(MNT), two[0], "round 2 in the mount")
    reads = 0
    for point in range(points):
        reads += one_point(name, rng, whole, known, (one, two), daemon, point)
    check(reads > points, "the reader read next to nothing")
    eq(temps(), [], "temps")
    idemfs("umount", MNT)
    eq(tree(BACKING), two[0], "the backing directory")
    print("%d kills' sequences, %d reads" % (points, reads))


def one_point(name, rng, whole, known, rounds, daemon, point):
    one, two = rounds
    forget_marks(MNT)
    finish(name, MNT, 1)
    eq(tree(MNT), one[0], "round 1 again")
    forget_marks(MNT)
    stop = TMP / ("stop%d" % point)
    reader = Peer()
    reader.send(watch, str(MNT), known, str(stop), daemon)
    for _ in range(rng.randint(1, 3)):
        p = start(name, MNT, 2)
        time.sleep(rng.uniform(0, whole))
        if daemon and rng.random() < 0.5:
            kill_daemon()
            kill_tree(p)
        else:
            kill_tree(p)
            if daemon:
                kill_daemon()
        if daemon:
            idemfs("mount", BACKING, MNT)
        for rel, allowed in known.items():
            got = judge(MNT, rel, allowed)
            check(not isinstance(got, str), got)
    finish(name, MNT, 2)
    stop.touch()
    reads = reader.result()
    check(not isinstance(reads, str), "the reader: %s" % reads)
    reader.exit()
    left = tree(MNT)
    for rel in [k for k in left if passing(k)]:
        os.unlink(MNT / rel)
        del left[rel]
    eq({k: v for k, v in left.items() if two[0].get(k) != v}, {},
       "what differs after point %d" % point)
    eq(sorted(set(two[0]) - set(left)), [], "missing after point %d" % point)
    eq(marks(MNT), two[1], "marks after point %d" % point)
    return reads
