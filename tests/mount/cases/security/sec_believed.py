# SPDX-License-Identifier: MIT
# about: cli: only the root of an idemfs mount of a trusted user is believed: no file of that name elsewhere, no mount of others, nothing above
# mount: no
# needs: root setpriv fusermount3
from mounttest import *
from users import *

OTHER = 65534  # nobody, whom root does not trust
CONTROL = "idemfs 1\npid %d\nroot_fd %d\nbacking /x\nmountpoint /x\n"


def forge(folder):
    """What a user can put into any own directory, and where it leads."""
    lair = folder / "lair"
    for d in (folder / ".checkpoints", lair / ".idemfs/marks",
              lair / ".idemfs/tmp", lair / ".idemfs/partial"):
        os.makedirs(d)
    (lair / ".idemfs/format").write_text("idemfs 1\n")
    (lair / ".idemfs/marks/x.done").write_text("forged\n")
    fd = os.open(lair, os.O_RDONLY)
    c = folder / ".checkpoints"
    (c / ".control").write_text(CONTROL % (os.getpid(), fd))
    for name in (".status", ".status.json", ".step", "x.done"):
        (c / name).write_text("forged\n")
    return fd


def command(*argv, status, cwd=None, env=None, fds=()):
    got = subprocess.run([IDEMFS, *map(str, argv)], cwd=cwd, check=False,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, timeout=20, pass_fds=fds,
                         env=dict(os.environ, **env) if env else None)
    said = got.stdout.decode()
    eq(got.returncode, status, "%s: %s" % (argv, said))
    check("forged" not in said, said)
    return said


def refused(folder):
    """Nothing is believed of @folder, or of what is above where one stands."""
    fd = forge(folder)
    said = command("status", folder, status=1)
    check("not an idemfs mount" in said, said)
    for argv in (("status", "--json"), ("show",), ("log",),
                 ("partial", "list"), ("umount",)):
        more = ["x.done"] if argv == ("show",) else []
        command(*argv, folder, *more, status=1)
    sub = folder / "sub"
    sub.mkdir()
    for cwd in (folder, sub):
        said = command("step", "x.done", "true", "password", status=125,
                       cwd=cwd)
        check("not inside an idemfs mount" in said, said)
        eq((folder / ".checkpoints/.step").read_text(), "forged\n",
           "the command line went into a file of a user")
    check((folder / ".checkpoints/x.done").exists(), "a file was removed")
    os.close(fd)
    run("rm", "-rf", folder)


# On a plain filesystem, in a parent of where one stands.
plain = TMP / "plain"
plain.mkdir()
refused(plain)

# In a directory of a mount.
with mounted("--allow-other"):
    (MNT / "theirs").mkdir()
    os.chdir(MNT)  # else "step" would find the true one
    fd = forge(MNT / "theirs")
    said = command("status", MNT / "theirs", status=1)
    check("not an idemfs mount" in said, said)
    command("partial", "list", MNT / "theirs", status=1)
    said = command("step", "y.done", "true", cwd=MNT / "theirs", status=0)
    eq((MNT / "theirs/.checkpoints/.step").read_text(), "forged\n")
    check((MNT / ".checkpoints/y.done").exists(), "its mark at the root")
    os.close(fd)

# A part of a mount that is bound elsewhere is no root of a mount.
part = TMP / "part"
part.mkdir()
with mounted():
    (MNT / "theirs/in").mkdir()
    run("mount", "--bind", MNT / "theirs", part)
    try:
        said = command("status", part, status=1)
        check("not an idemfs mount" in said, said)
        command("step", "z.done", "true", cwd=part / "in", status=125)
    finally:
        run("umount", part)
    # The whole of it is.
    run("mount", "--bind", MNT, part)
    try:
        command("status", part, status=0)
        command("step", "z.done", "true", cwd=part / "theirs", status=0)
    finally:
        run("umount", part)


def mount_of(uid, at):
    """A mount by user @uid, as fusermount3 makes it; its channel."""
    fd = os.open("/dev/fuse", os.O_RDWR)
    data = "fd=%d,rootmode=40000,user_id=%d,group_id=0,allow_other," \
        "default_permissions" % (fd, uid)
    sys_result(libc.mount(b"x", os.fsencode(at), b"fuse.idemfs", 0,
                          data.encode()))
    return fd


# A mount of another user that says nothing, for ever: no command asks it.
fd = mount_of(OTHER, MNT)
said = command("status", MNT, status=1)
check("user %d" % OTHER in said, said)
for argv in (("log",), ("runs",), ("partial", "list")):
    command(*argv, MNT, status=1)
command("wait", MNT, "x.done", status=1)
command("umount", MNT, status=0)
os.close(fd)

# One that answers: believed by those who say so.  fusermount3 lets a user open
# a mount to others only where its settings permit it: here they do.
if not os.path.exists("/etc/fuse.conf"):
    skip("no /etc/fuse.conf")
MS_BIND, MS_PRIVATE, MS_REC, NEWNS = 1 << 12, 1 << 18, 1 << 14, 0x20000
sys_result(libc.unshare(NEWNS))
sys_result(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
(TMP / "conf").write_text("user_allow_other\n")
sys_result(libc.mount(os.fsencode(TMP / "conf"), b"/etc/fuse.conf", None,
                      MS_BIND, None))
program = program_for_all()
home = TMP / "home"
home.mkdir()
os.chown(home, OTHER, OTHER)
run(*as_user(OTHER, program, "mount", "--allow-other", home))
(home / "d").mkdir()
os.chmod(home / "d", 0o777)
said = command("status", home, status=1)
check("IDEMFS_TRUST=%d" % OTHER in said, said)
said = command("step", "t.done", "true", cwd=home / "d", status=125)
check("IDEMFS_TRUST=%d" % OTHER in said, said)
absent(home / ".checkpoints/t.done")
for trust in ("1", "65535", "65534x", "", "daemon"):
    command("status", home, status=1, env={"IDEMFS_TRUST": trust})
for trust in ("65534", "1,65534", "daemon,nobody"):
    command("status", home, status=0, env={"IDEMFS_TRUST": trust})
command("step", "t.done", "true", cwd=home / "d", status=0,
        env={"IDEMFS_TRUST": "nobody"})
check((home / ".checkpoints/t.done").exists(), "a mark")
command("umount", home, status=0)
