# SPDX-License-Identifier: MIT
# about: F13: what is changed behind the mount is an error or news, never another file and never outside
# quarantine: some
# log: errors
# options: --cache 60
# options: --cache 0
# options: --in-place * --cache 60
from mounttest import *

# Any of these says that it is not what it was.
GONE = (errno.ESTALE, errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EISDIR,
        errno.EINVAL, errno.ENXIO, errno.EIO)
# A link is followed by the caller's own kernel, with the caller's rights: not
# here.
NOFOLLOW = os.O_NOFOLLOW | os.O_NONBLOCK
outside = TMP / "outside"
outside.mkdir()
(outside / "f").write_bytes(b"outside")


def fresh(name):
    """A directory with a file that the kernel knows; and the backing one."""
    os.mkdir(name)
    write(name + "/f", b"inside")
    eq(read(name + "/f"), b"inside")
    os.stat(name + "/f")
    return os.open(name, os.O_PATH), BACKING / name


def tries(at, want):
    """Reads and writes below descriptor @at: errors, or what is @want."""
    try:
        fd = os.open("f", os.O_RDONLY | NOFOLLOW, dir_fd=at)
        if stat.S_ISREG(os.fstat(fd).st_mode):
            eq(os.read(fd, 100), want, "what was read")
        os.close(fd)
    except OSError as e:
        check(e.errno in GONE, "read: %s" % e)
    for flags in (os.O_WRONLY, os.O_WRONLY | os.O_TRUNC, os.O_RDWR,
                  os.O_WRONLY | os.O_CREAT, EXCL):
        try:
            fd = os.open("f", flags | NOFOLLOW, 0o644, dir_fd=at)
            os.write(fd, b"inside")
            os.close(fd)
        except OSError as e:
            check(e.errno in GONE + (errno.EEXIST, errno.EPIPE),
                  "write: %s" % e)
    for call in (lambda: os.lstat("f", dir_fd=at),
                 lambda: os.mkdir("sub", dir_fd=at),
                 lambda: os.rename("f", "g", src_dir_fd=at, dst_dir_fd=at),
                 lambda: os.unlink("g", dir_fd=at)):
        try:
            call()
        except OSError as e:
            check(e.errno in GONE + (errno.EEXIST,), "%s" % e)
    eq((outside / "f").read_bytes(), b"outside")
    eq(sorted(os.listdir(outside)), ["f"])


INSIDE = b"inside"
# The directory becomes a link to another, or another directory, or goes.
at, back = fresh("a")
os.rename(back, BACKING / "a.old")
os.symlink(outside, back)
tries(at, INSIDE)
at, back = fresh("b")
os.rename(back, BACKING / "b.old")
os.mkdir(back)
(back / "f").write_bytes(b"another")
tries(at, INSIDE)
eq((back / "f").read_bytes(), b"another")
at, back = fresh("c")
run("rm", "-r", back)
tries(at, INSIDE)
# A directory above it.
os.mkdir("e")
at, back = fresh("e/e")
os.rename(BACKING / "e", BACKING / "e.old")
os.symlink(outside, BACKING / "e")
tries(at, INSIDE)
# The file becomes a link, a directory, a FIFO, another file, or goes.
for i, change in enumerate((
        lambda f: os.symlink(outside / "f", f), os.mkdir, os.mkfifo,
        lambda f: f.write_bytes(b"inside"), lambda f: None)):
    at, back = fresh("f%d" % i)
    os.unlink(back / "f")
    change(back / "f")
    tries(at, INSIDE)
# A version whose directory has gone, or moved, while it was written.
at, back = fresh("g")
fd = os.open("g/f", TRUNC)
os.write(fd, b"new")
os.rename(back, BACKING / "g.old")
os.symlink(outside, back)
os.close(fd)
eq((outside / "f").read_bytes(), b"outside")
# Something has come where the kernel knows that nothing is.
for i, make in enumerate((os.mkfifo, os.mkdir,
                          lambda f: os.symlink(outside / "f", f))):
    for flags in (os.O_RDWR | os.O_CREAT, TRUNC, os.O_RDONLY | os.O_CREAT):
        name = "late%d.%d" % (i, flags)
        absent(name)
        make(BACKING / name)
        try:
            fd = os.open(name, flags | NOFOLLOW, 0o644)
            check(stat.S_ISFIFO(os.fstat(fd).st_mode), "not the FIFO")
            os.close(fd)
        except OSError as e:
            check(e.errno in GONE + (errno.EEXIST,), "%s: %s" % (name, e))
eq((outside / "f").read_bytes(), b"outside")
# The mount is well.
write("well", b"well")
eq(read("well"), b"well")
# What could not be promoted, the next mark tells.
if "--in-place" not in os.environ["OPTIONS"]:
    raises(errno.EIO, os.open, ".checkpoints/first", TRUNC)
os.close(os.open(".checkpoints/second", TRUNC))
