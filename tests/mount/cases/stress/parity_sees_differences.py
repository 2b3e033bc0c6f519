# SPDX-License-Identifier: MIT
# about: F13: what compares two trees for tests/parity sees each kind of difference
# needs: root
# mount: no
# native: yes
import shutil

from mounttest import *

sys.path.insert(0, str(TESTS.parent / "parity" / "lib"))
import tree  # noqa: E402


def make(top):
    os.makedirs(top + "/d")
    write(top + "/f", b"content")
    write(top + "/g", b"other")
    os.link(top + "/f", top + "/d/hard")
    os.symlink("f", top + "/link")
    os.mkfifo(top + "/fifo")
    os.mknod(top + "/dev", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    os.setxattr(top + "/g", "user.x", b"1")


def relink(top, name, to):
    os.unlink(top + name)
    os.link(top + to, top + name)


def retarget(top):
    os.unlink(top + "/link")
    os.symlink("g", top + "/link")


CHANGES = {
    "f: digest": lambda t: write(t + "/f", b"CONTENT"),
    "f: size": lambda t: os.truncate(t + "/f", 3),
    "f: mode": lambda t: os.chmod(t + "/f", 0o611),
    "f: owner": lambda t: os.chown(t + "/f", 1, 2),
    "f: links": lambda t: os.unlink(t + "/d/hard"),
    "g: xattr user.x": lambda t: os.setxattr(t + "/g", "user.x", b"2"),
    "g: xattr user.y": lambda t: os.setxattr(t + "/g", "user.y", b""),
    "g: same file as": lambda t: relink(t, "/g", "/f"),
    "link: target": retarget,
    "dev: type": lambda t: (os.unlink(t + "/dev"), write(t + "/dev", b"")),
    "d: mode": lambda t: os.chmod(t + "/d", 0o700),
    "fifo: missing": lambda t: os.unlink(t + "/fifo"),
    "new: should not be there": lambda t: os.mkdir(t + "/new"),
}
make("a")
want = tree.snapshot("a")
eq(len(want), 7)
eq(tree.compare(want, tree.snapshot("a")), [])
for what, change in CHANGES.items():
    make("b")
    eq(tree.compare(want, tree.snapshot("b")), [])
    change("b")
    lines = tree.compare(want, tree.snapshot("b"))
    check(any(line.startswith(what) for line in lines),
          "%s: not seen in %s" % (what, lines))
    shutil.rmtree("b")
write("a/f", b"another content")
eq(tree.compare(tree.snapshot("a", ["f", "d/*"]),
                tree.snapshot("a", ["f", "d/*"])), [])
check("size" not in tree.snapshot("a", ["f"])["f"], "volatile")
