# SPDX-License-Identifier: MIT
# about: F7: what a user writes after root has given set-id bits or capabilities takes them away
# needs: root
# options: --allow-other --passthrough off --in-place *.db
# options: --allow-other --cache 60000 --passthrough on --in-place *.db
# native: yes
from mounttest import *
from users import *

let_all_in()


def plain(fd):
    os.lseek(fd, 0, os.SEEK_END)
    write_all(fd, b"evil")


def at(fd):
    os.pwrite(fd, b"evil", 0)


def cut(fd):
    os.ftruncate(fd, 1)


def room(fd):
    fallocate(fd, 0, 0, 1 << 16)


def across(fd):
    """From another filesystem of the same kind, where there is one."""
    if NATIVE:
        os.lseek(elsewhere, 0, os.SEEK_SET)
        eq(os.sendfile(fd, elsewhere, 0, 4), 4)
    else:
        eq(os.copy_file_range(elsewhere, fd, 4, 0, 0), 4)


def sent(fd):
    src = os.open("/dev/shm", os.O_TMPFILE | os.O_RDWR, 0o600)
    os.write(src, b"evil")
    os.lseek(fd, 0, os.SEEK_SET)
    eq(os.sendfile(fd, src, 0, 4), 4)
    os.close(src)


def within(fd):
    src = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600)
    os.write(src, b"evil")
    eq(os.copy_file_range(src, fd, 4, 0, 0), 4)
    os.close(src)


def spliced(fd):
    r, w = os.pipe()
    os.write(w, b"evil")
    eq(os.splice(r, fd, 4, offset_dst=0), 4)
    os.close(r)
    os.close(w)


WRITES = (plain, at, cut, room, across, sent, within, spliced)


def by_path(name, fd, mode):
    os.chown(name, 0, 0)
    os.chmod(name, mode)


def below(name, fd, mode):
    os.chown(BACKING / name, 0, 0)
    os.chmod(BACKING / name, mode)


def its_own(name, fd, mode):
    """Root has been given the descriptor, and so has seen what is in it."""
    mine = os.open("/proc/%d/fd/%d" % (a.pid, fd), os.O_WRONLY)
    os.fchown(mine, 0, 0)
    os.fchmod(mine, mode)
    os.close(mine)


def try_one(name, do, give, mode, flags):
    what = "%s: %s after %s %o" % (name, do.__name__, give.__name__, mode)
    a(write, name, b"good" * 1024)
    fd = a.open(name, flags)
    a(write_all, fd, b"evil")
    give(name, fd, mode)
    if give == by_path:
        os.setxattr(name, "security.capability", CAPS)
    try:
        a(do, fd)
    except OSError as e:
        fail("%s: %s" % (what, e))
    for place in [name, BACKING / name]:
        eq(powers(place) if name.endswith(".db") else (0, False), (0, False),
           what)
    eq(a(os.fstat, fd).st_mode & 0o6000, 0, what)
    a.close(fd)
    for place in [name, BACKING / name]:
        eq(powers(place), (0, False), what)
    os.unlink(name)


os.makedirs(TMP / "b")
os.makedirs(TMP / "m")
if not NATIVE:
    idemfs("mount", "--allow-other", TMP / "b", TMP / "m")
write(TMP / "m" / "f", b"evil")
elsewhere = os.open(TMP / "m" / "f", os.O_RDONLY)
a = Peer(keep=True)
a(be, A)
for do in WRITES:
    for mode in (0o4755, 0o2755, 0o6777):
        for flags in (TRUNC, os.O_WRONLY, os.O_RDWR):
            for give in (by_path, below, its_own):
                try_one("f.db", do, give, mode, flags)
            try_one("f", do, its_own, mode, flags)

# Root's own writes leave set-id bits alone, as on any filesystem.
for name in ("r", "r.db"):
    write(name, b"good")
    os.chmod(name, 0o6755)
    for do in WRITES:
        fd = os.open(name, os.O_RDWR)
        do(fd)
        os.close(fd)
        eq(oct(os.stat(name).st_mode), "0o106755", do.__name__)
    os.truncate(name, 2)
    eq(oct(os.stat(name).st_mode), "0o106755", "truncate")
a.exit()
os.close(elsewhere)
if not NATIVE:
    idemfs("umount", TMP / "m")
