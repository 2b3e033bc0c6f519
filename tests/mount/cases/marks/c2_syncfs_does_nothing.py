# SPDX-License-Identifier: MIT
# about: C2: on a filesystem that syncfs(2) does nothing on, each file is flushed before it gets its name, and each directory before a mark
# mount: no
# needs: root
from client import *
from mounttest import *

STATE = {".idemfs/tmp", ".idemfs/marks", ".idemfs"}


def work(at):
    (at / "d").mkdir()
    for n in range(20):
        write(at / ("d/f%d" % n), pattern(10000 + n))
    write(at / "over", b"old")
    write(at / "over", b"new")
    write(at / "over", b" and more", APPEND)
    os.rename(at / "d/f0", at / "moved")
    fd = os.open(at / "written", TRUNC)
    for n in range(5):
        os.write(fd, pattern(4096, n))
    os.close(fd)


def is_on_server(c, prefix=""):
    eq([r for r in c.renamed_unflushed() if "changes" not in r[1]], [])
    eq({d for d in c.unflushed_dirs() if d.startswith(prefix) and
        d not in STATE and not d.startswith(".idemfs-tmp.home-")}, set())


def sizes_are_told(mark):
    text = read(MNT / ".checkpoints" / mark).decode()
    check(" 10019 " in text and " 20480 " in text, text)


with client() as c:
    with mounted("--sync-interval", "60", backing=c.tree):
        check(status_json(MNT)["passthrough"].startswith("off"), "no passthrough")
        work(MNT)
        write(MNT / ".checkpoints/x.done", b"")
        is_on_server(c)
        sizes_are_told("x.done")
        os.unlink(MNT / "moved")
    is_on_server(c)
    out = idemfs("verify", "--full", c.tree)
    check("all hold" in out, out)

# Inside the tree of another filesystem.
with client("inside") as c:
    home = TMP / "home"
    (home / "in").mkdir(parents=True)
    run("mount", "--bind", c.tree, home / "in")
    try:
        with mounted("--sync-interval", "60", backing=home):
            work(MNT / "in")
            write(MNT / ".checkpoints/x.done", b"")
            is_on_server(c)
            sizes_are_told("x.done")
    finally:
        os.chdir(TMP)
        run("umount", home / "in")
