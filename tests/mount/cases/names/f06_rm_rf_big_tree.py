# SPDX-License-Identifier: MIT
# about: F6: rm -rf of a big tree that others write to and walk: they meet no error but ENOENT, and nothing is left
# native: yes
from mounttest import *
import random

DIRS, FILES = 40, 20
ALLOWED = {errno.ENOENT}


def write_about(seed, stop):
    """Writes, appends and renames below big/ until it is told; what it met."""
    rnd, met = random.Random(seed), set()
    while not os.path.exists(stop):
        top = "big/d%02d" % rnd.randrange(DIRS)
        name = "%s/f%02d" % (top, rnd.randrange(FILES))
        try:
            what = rnd.randrange(4)
            if what == 0:
                # makedirs() looks whether what exists is a directory: gone.
                for d in ("big", top):
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(d)
            elif what == 1:
                write(name, b"new content")
            elif what == 2:
                write(name, b"more", APPEND)
            else:
                write(name + ".tmp", b"moved there")
                os.rename(name + ".tmp", name)
        except OSError as e:
            met.add(e.errno)
    return met


def walk_about(stop):
    met = set()
    while not os.path.exists(stop):
        for top, _, files in os.walk("big", onerror=lambda e: met.add(e.errno)):
            for f in files:
                try:
                    os.stat(os.path.join(top, f))
                except OSError as e:
                    met.add(e.errno)
    return met


below = Path("big") if NATIVE else BACKING / "big"
for i in range(DIRS):
    (below / ("d%02d" % i)).mkdir(parents=True)
    for k in range(FILES):
        (below / ("d%02d" % i) / ("f%02d" % k)).write_bytes(b"old")
stop = str(TMP / "stop")
writers = [Peer() for _ in range(3)]
for i, p in enumerate(writers):
    p.send(write_about, i, stop)
walker = Peer()
walker.send(walk_about, stop)
for _ in range(3):
    # It may find what has been made behind it: then it fails, as anywhere.
    run("rm", "-rf", "big", status=None, stderr=subprocess.DEVNULL)
write(stop, b"")
for p in writers + [walker]:
    eq(p.result() - ALLOWED, set(), "errors met")
    p.exit()
run("rm", "-rf", "big")
absent("big")
if not NATIVE:
    check(not (BACKING / "big").exists(), "left below")
