# SPDX-License-Identifier: MIT
# about: C8: a FIFO, a link or a directory where a file of the state directory should be holds up no mount, and is never written through
# mount: no
# log: errors
# quarantine: some
# needs: root
from mounttest import *

STATE = BACKING / ".idemfs"
PLACES = ("format", "lock", "log", "log.1", "changes", "inner", "intent", "finished",
          "tmp/journal", "tmp/1-1", "tmp/forgotten", "partial/last",
          "partial/7", "partial/7.txt", "marks/a.done", "forgotten/1",
          "forgotten")
write(TMP / "target", b"as it was")


def fifo(path):
    os.mkfifo(path)


def link(path):
    os.symlink(TMP / "target", path)


def directory(path):
    os.mkdir(path)


def command(*argv):
    try:
        return subprocess.run([IDEMFS, *map(str, argv)], timeout=60,
                              stdin=subprocess.DEVNULL, check=False,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE).returncode
    except subprocess.TimeoutExpired:
        fail("%s: idemfs %s hangs" % (what, argv[0]))


def remove(path):
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    else:
        run("rm", "-r", path)


def use():
    """What may fail, but ends."""
    for name in ("a.done", "b.done"):
        with contextlib.suppress(OSError):
            read(MNT / ".checkpoints" / name)
        with contextlib.suppress(OSError):
            write(MNT / "f", name.encode())
            write(MNT / ".checkpoints" / name, b"")
            os.unlink(MNT / ".checkpoints" / name)
    names(MNT / ".checkpoints")
    p = Peer()
    p.put(MNT / "killed", b"half")
    p.kill()
    for argv in (("status", MNT), ("log", MNT), ("partial", "list", MNT),
                 ("verify", MNT), ("report", MNT), ("show", MNT, "a.done")):
        command(*argv)


for place in PLACES:
    for make in (fifo, link, directory):
        what = "%s as %s" % (make.__name__, place)
        if STATE.exists():
            run("rm", "-r", STATE)
        with mounted():
            write(MNT / "f", b"content")
            write(MNT / ".checkpoints/a.done", b"")
        os.makedirs(STATE / "forgotten", exist_ok=True)
        remove(STATE / place)
        make(STATE / place)
        if command("mount", "--stale", "hide", BACKING, MNT) == 0:
            use()
            eq(command("umount", MNT), 0, what)
        eq(read(TMP / "target"), b"as it was", what)
