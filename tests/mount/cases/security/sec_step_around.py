# SPDX-License-Identifier: MIT
# about: C2: a step whose mount is taken away makes no mark, and its command never runs in the bare directory
# mount: no
# needs: root
from mounttest import *

no_leak_check()

CP = BACKING / ".idemfs/marks"
INODE = TMP / "inode"  # where the command was, as it says itself
COMMAND = ("sh", "-c", 'stat -c %%d . > %s; echo x > out' % INODE)


def held_step(call):
    """A step that comes to @call; None when it has no such call."""
    p = subprocess.Popen(
        [HELPERS / "held", call, IDEMFS, "step", "x.done", *COMMAND],
        cwd=MNT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE)
    return (p, p.stdout.readline() == b"held\n")


def outside():
    """Did the command run around the mount?"""
    return INODE.read_text().strip() == str(os.stat(BACKING).st_dev)


def begin():
    run("rm", "-rf", CP / "x.done", BACKING / "out", INODE)
    idemfs("mount", BACKING, MNT)


def gone():
    return not os.path.ismount(MNT)


def is_let_go():
    return subprocess.run(["flock", "-n", BACKING / ".idemfs/lock", "true"],
                          check=False).returncode == 0


came = 0
# Where it would go to its directory, if it did; and when it has gone there.
for call in ("chdir", "fchdir", "execve:/bin/sh", "execve:/usr/bin/sh"):
    begin()
    p, held = held_step(call)
    if held:
        idemfs("umount", "--lazy", MNT)
        wait_until(gone, "the end of the mount")
        said = p.communicate(b"\n")[1].decode()
        eq(p.returncode, 125, call + ": " + said)
        check("taken away" in said, said)
        check(not outside(), "%s: its command ran around the mount" % call)
        check(not (CP / "x.done").exists(), call + ": a mark")
    else:
        p.communicate()
        idemfs("umount", MNT)
    wait_until(is_let_go, "the end of the daemon")
    came += held
check(came, "a call at which it was held up")

# Another mount stands there when the command has ended: neither has a mark.
begin()
p = subprocess.Popen(
    [IDEMFS, "step", "y.done", "sh", "-c", "echo; read line; echo x > out"],
    cwd=MNT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    stderr=subprocess.PIPE)
p.stdout.readline()
other = TMP / "other"
other.mkdir()
idemfs("umount", "--lazy", MNT)
idemfs("mount", other, MNT)
said = p.communicate(b"\n")[1].decode()
eq(p.returncode, 125, said)
for tree in (BACKING, other):
    check(not (tree / ".idemfs/marks/y.done").exists(), "a mark")
idemfs("umount", MNT)

# A directory that was entered before the mount came is not inside it.
os.chdir(MNT)
idemfs("mount", BACKING, MNT)
said = subprocess.run([IDEMFS, "step", "z.done", "touch", "z"], check=False,
                      stderr=subprocess.PIPE).stderr.decode()
check("not inside an idemfs mount" in said, said)
absent("z")
idemfs("umount", MNT)
