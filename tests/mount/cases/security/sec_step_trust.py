# SPDX-License-Identifier: MIT
# about: C4: a step believes marks of its own user, of root and of the mount's owner alone, and opens nothing that another's mark names
# mount: no
# needs: root setpriv strace
from mounttest import *
from users import *

no_leak_check()

OWNER = 65534  # fusermount wants a user with a name
CP = MNT / ".checkpoints"
program = program_for_all()
LOG = TMP / "ran"
SECRET = TMP / "secret"
FIFO = TMP / "fifo"
TRACE = TMP / "trace"
write(SECRET, b"4711")
os.chmod(SECRET, 0o600)
os.mkfifo(FIFO)


def step(uid, name, *options, status=0, trace=()):
    """Has it run, and what has it said?"""
    LOG.write_bytes(b"")
    os.chmod(LOG, 0o666)
    got = subprocess.run(
        [*trace, *as_user(uid, program, "step", name, *options,
                          "sh", "-c", "echo x >> %s" % LOG)],
        cwd=MNT, check=False, stderr=subprocess.PIPE)
    eq(got.returncode, status, got.stderr.decode())
    return bool(read(LOG)), got.stderr.decode()


def runs(uid, name, *options):
    ran, said = step(uid, name, *options)
    check(ran, said)
    return said


def skips(uid, name, *options):
    ran, said = step(uid, name, *options)
    check(not ran and "skipped" in said, said)


def of(name):
    return os.stat(CP / name).st_uid


def forge(mark, *lines):
    """What `idemfs step` says, but made up."""
    fd = os.open(CP / ".step", os.O_WRONLY)
    try:
        os.write(fd, b"idemfs-step 1\nmark %s\ncommand true\nargv %032d\n%s" %
                 (mark.encode(), 0, b"".join(lines)))
        os.fsync(fd)
    finally:
        os.close(fd)


def names(path, size):
    return b"input %d 1.000000000 1 %032d %s\n" % (size, 0,
                                                   os.fsencode(path))


os.chmod(BACKING, 0o777)
a = Peer()
a(be, A)
with mounted("--allow-other"):
    # Made first by another: root's step is not thought done.
    a(os.close, a.open(CP / "touch.done", EXCL))
    check("another user (%d)" % A in runs(0, "touch.done"), "why")
    eq(of("touch.done"), 0)
    skips(0, "touch.done")
    skips(A, "touch.done")
    runs(A, "own.done")
    skips(A, "own.done")
    runs(B, "own.done")
    skips(B, "own.done")
    runs(A, "own.done")
    runs(0, "own.done")

    # Nor is what it names opened, so it tells nothing of what root may read.
    for name, size in ((SECRET, 4), (FIFO, 0), ("/dev/zero", 0)):
        a(forge, "forged.done", names(name, size))
        step(0, "forged.done", trace=("strace", "-f", "-qq", "-o", TRACE,
                                      "-e", "trace=open,openat,openat2"))
        trace = read(TRACE).decode()
        check(str(name) not in trace, trace)
        os.unlink(CP / "forged.done")

    # A note that looks like a manifest of root's is one of its maker's.
    runs(0, "real.done")
    text = read(CP / "real.done")
    a(write, CP / "note.done", text)
    eq(read(CP / "note.done"), text)
    runs(0, "note.done")
    # Nor does what was open for writing before go into root's.
    fd = a.open(CP / "late.done", os.O_WRONLY | os.O_CREAT, 0o666)
    a(os.write, fd, text)
    os.unlink(CP / "late.done")
    runs(0, "late.done")
    raises(errno.EPERM, a, os.close, fd)
    check(text != read(CP / "late.done"), "it is as root made it")
    skips(0, "late.done")

    # Renaming makes no mark root's, nor does moving a file there.
    runs(A, "from.done")
    os.rename(CP / "from.done", CP / "to.done")
    runs(0, "to.done")
    runs(0, "mine.done")
    a(os.rename, CP / "mine.done", CP / "theirs.done")
    runs(0, "theirs.done")

    runs(0, "one.done")
    runs(0, "two.done")
    raises(errno.EPERM, a, renameat2, CP / "one.done", CP / "two.done",
           EXCHANGE)
    os.mkdir(CP / "group")
    runs(0, "group/g.done")
    raises(errno.EPERM, a, os.rename, CP / "group", CP / "other")
    os.rename(CP / "group", CP / "other")
    skips(0, "other/g.done")
    a(os.mkdir, CP / "own")
    a(os.close, a.open(CP / "own/o.done", EXCL))
    a(os.rename, CP / "own", CP / "renamed")
    skips(A, "renamed/o.done")

    # What may not be read is not believed, either.
    a(os.close, a.open(CP / "hidden.done", EXCL, 0o600))
    runs(B, "hidden.done")

    # A user names what the user may read, and no devices.
    fd = os.open(MNT / "big", os.O_RDWR | os.O_CREAT)
    os.ftruncate(fd, 8 << 40)
    os.close(fd)
    for path in (SECRET, "/dev/zero", FIFO, MNT / "big"):
        ran, said = step(A, "in.done", "--input", str(path), status=125)
        check(not ran, said)
    check("GiB of holes" in said, said)
    step(0, "in.done", "--input", "/dev/zero", status=125,
         trace=("strace", "-f", "-qq", "-o", TRACE,
                "-e", "trace=open,openat,openat2"))
    for line in read(TRACE).decode().splitlines():
        check("/dev/zero" not in line or "O_PATH" in line, line)

# The mount's owner is believed there.  Where that is not root, all files are its
# own, whichever user has made the mark.
conf = TMP / "fuse.conf"
write(conf, b"user_allow_other\n")
run("mount", "--bind", conf, "/etc/fuse.conf")
run("chown", "-R", str(OWNER), BACKING, MNT)
run(*as_user(OWNER, program, "mount", "--allow-other", BACKING, MNT))
owner = Peer()
owner(be, OWNER)
for who, name in ((owner, "o.done"), (a, "a.done")):
    who(os.close, who.open(CP / name, EXCL))
    eq(of(name), OWNER)


def why(who, name):
    return who(os.getxattr, CP / name, "user.idemfs.stale")


raises(errno.ENODATA, why, owner, "o.done")
raises(errno.ENODATA, why, a, "o.done")
raises(errno.ENODATA, why, a, "a.done")
check(b"another user (%d)" % A in why(owner, "a.done"), "whose")
fd = a.open(CP / "after.done", os.O_WRONLY | os.O_CREAT)
a(os.write, fd, b"note")
owner(os.unlink, CP / "after.done")
owner(os.close, owner.open(CP / "after.done", EXCL))
raises(errno.EPERM, a, os.close, fd)
run(*as_user(OWNER, program, "umount", MNT))
run("umount", "/etc/fuse.conf")
run("chown", "-R", "0:0", BACKING, MNT)
os.chmod(BACKING, 0o755)
a.exit()
owner.exit()
