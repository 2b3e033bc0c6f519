# SPDX-License-Identifier: MIT
# about: C8: a command of root on the tree of a user has that user's rights alone, follows no link in its state directory, and waits for no FIFO there
# mount: no
# quarantine: some
# needs: root
import resource

from header import sanitized
from mounttest import *

no_leak_check()

A, B = 3333, 4444
STATE = BACKING / ".idemfs"
ROOT = BACKING / "root"
SECRET = b"2026-01-01 00:00:00.000 warn: precious\n"

for folder in [BACKING, *BACKING.parents]:
    if folder.stat().st_mode & 5 != 5 and folder != Path("/"):
        folder.chmod(0o755)


def give(path, uid):
    for p in [path, *path.rglob("*")]:
        os.lchown(p, uid, uid)


def command(*argv, **kwargs):
    """Its status and all that it says; one that hangs has failed."""
    try:
        got = subprocess.run([IDEMFS, *map(str, argv)], timeout=60,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, check=False, **kwargs)
    except subprocess.TimeoutExpired:
        fail("idemfs %s hangs" % " ".join(map(str, argv)))
    return got.returncode, got.stdout


def quarantine(name, content):
    p = Peer()
    p.put(MNT / name, content)
    p.kill()
    found = wait_until(lambda: [e for e in partials() if e["path"] == name],
                       "a partial of " + name)
    return found[-1]["id"]


with mounted():
    for run_id in ("one", "two"):
        os.mkdir(MNT / ".checkpoints" / run_id)
        write(MNT / "f", run_id.encode())
        write(MNT / ".checkpoints" / run_id / "x.done", b"a note")
    write(MNT / ".checkpoints/top.done", b"")
    first, second, third = (quarantine(n, n.encode()) for n in "pqr")
    write(MNT / "p", b"old")
give(BACKING, A)

LOOKS = (("log", "--all", BACKING), ("show", BACKING, "one/x.done"),
         ("show", "--note", BACKING, "one/x.done"), ("runs", BACKING),
         ("partial", "list", BACKING), ("verify", BACKING),
         ("verify", "--full", "--json", BACKING),
         ("report", BACKING))

# What root may do there, and what comes of it is the user's.
for argv in LOOKS:
    eq(command(*argv)[0], 0, " ".join(map(str, argv)))
eq(command("partial", "drop", BACKING, first)[0], 0)
eq(command("partial", "restore", BACKING, second)[0], 0)
eq(command("runs", "--remove", "two", BACKING)[0], 0)
for p in [BACKING, *BACKING.rglob("*")]:
    eq(p.lstat().st_uid, A, "owner of %s" % p)
eq(read(BACKING / "q"), b"q")

os.mkdir(ROOT, 0o700)
write(ROOT / "secret", SECRET)
os.chmod(ROOT / "secret", 0o600)

# Another user is told whose it is.
STATE.chmod(0o755)
code, text = command("log", BACKING, user=B, group=B, extra_groups=[])
eq(code, 1)
check(b"belongs to user 3333" in text, text)
STATE.chmod(0o777)
code, text = command("log", BACKING)
eq(code, 1)
check(b"written to by others" in text, text)
STATE.chmod(0o700)


@contextlib.contextmanager
def instead(path, make):
    """Something else stands at @path of the state directory for a while."""
    path, aside = STATE / path, BACKING / "aside"
    there = os.path.lexists(path)
    if there:
        os.rename(path, aside)
    make(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        if there:
            os.rename(aside, path)


PLACES = ("format", "lock", "log", "log.1", "changes", "marks/one/x.done",
          "marks/top.done", "partial/%d" % third, "partial/%d.txt" % third,
          "partial/last", "forgotten/1", "tmp/journal", "inner", "intent",
          "finished")
KINDS = {
    "a FIFO": os.mkfifo,
    "a link": lambda path: os.symlink(ROOT / "secret", path),
    "a hard link": lambda path: os.link(ROOT / "secret", path),
}
os.makedirs(STATE / "forgotten", exist_ok=True)
give(STATE, A)
for place in PLACES:
    for kind, make in KINDS.items():
        with instead(place, make):
            for argv in LOOKS:
                code, text = command(*argv)
                check(b"precious" not in text, "%s as %s: %s tells of it" %
                      (kind, place, " ".join(map(str, argv))))
        eq(read(ROOT / "secret"), SECRET)

# A line without an end, of any size, takes no memory to speak of.
os.rename(STATE / "log", BACKING / "aside")
with open(STATE / "log", "wb") as f:
    os.truncate(STATE / "log", 1 << 40)
    f.seek(1 << 40)
    f.write(b"\n2026-01-01 00:00:00.000 warn: the end\n")
give(STATE, A)
# A sanitizer maps terabytes for itself.
bounded = {} if sanitized(IDEMFS) else dict(
    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS,
                                          (1 << 30, 1 << 30)))
for argv in (("log", BACKING), ("report", BACKING)):
    code, text = command(*argv, **bounded)
    check(code == 0 and b"the end" in text, argv[0] + " of a huge log")

# Nor can that user stop it, since it is root's still.
with open(STATE / "log", "wb") as f:
    f.write(SECRET * 20000)
a = Peer()
a(os.setgid, A)
a(os.setuid, A)
with subprocess.Popen([IDEMFS, "log", BACKING], stdout=subprocess.PIPE) as p:
    try:
        eq(p.stdout.read(1), b"2")
        raises(errno.EPERM, a, os.kill, p.pid, signal.SIGSTOP)
    finally:
        p.kill()
a.exit()
os.rename(BACKING / "aside", STATE / "log")

# The bytes of a partial, which go to a file that the user can read.
for kind, make in KINDS.items():
    with instead("partial/%d" % third, make):
        code, text = command("partial", "restore", "--force", BACKING, third)
        eq(code, 1, "%s in quarantine" % kind)
    check(not (BACKING / "r").exists(), "%s in quarantine" % kind)

# Where marks are put that are removed; and directories.
def link_to_root(path):
    os.symlink(ROOT, path)


os.rename(STATE / "forgotten", BACKING / "forgotten")
link_to_root(STATE / "forgotten")
command("runs", "--remove", "one", BACKING)
eq(names(ROOT), ["secret"], "root's directory")
os.unlink(STATE / "forgotten")
os.rename(BACKING / "forgotten", STATE / "forgotten")
for place in ("tmp", "partial", "marks", "marks/one"):
    with instead(place, link_to_root):
        for argv in LOOKS:
            command(*argv)
        command("partial", "drop", "--all", BACKING)
    eq(names(ROOT), ["secret"], "root's directory")

# Nor is it waited for what a user's lock file names.
with instead("lock", os.mkfifo):
    eq(command("run", BACKING, "--", "true")[0], 125)
