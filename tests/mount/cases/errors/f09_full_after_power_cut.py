# SPDX-License-Identifier: MIT
# about: F9: on a disk that is full after a power cut the mount comes up, and marks nothing that was lost
# needs: /dev/fuse
# backing: ext4 16m
# mount: no
# log: errors
from mounttest import *

FIRST = b"# idemfs-changes 1 "


def cut_power(torn):
    """What it leaves: another boot id, and a file without its end."""
    with open(BACKING / ".idemfs/changes", "r+b") as f:
        eq(f.read(len(FIRST)), FIRST)
        f.seek(len(FIRST))
        f.write(b"ffffffff")
    os.truncate(torn, 3)


idemfs("mount", BACKING, MNT)
Path(MNT / ".checkpoints/first.done").touch()
write(MNT / "since", b"whole")
write(MNT / "torn", b"not whole")
for i in range(500):  # a list that needs more room than a mount gives back
    os.mkdir(MNT / ("%0200d" % i))
os.kill(daemon_pid(), signal.SIGKILL)
fill(BACKING / "filler")
cut_power(BACKING / "torn")
with mounted():
    os.chdir(MNT)
    eq(read("since"), b"whole")
    raises(errno.ENOSPC, Path(".checkpoints/no.done").touch)
    absent(".checkpoints/no.done")
    os.unlink("filler")
    write("g", b"made")
    Path(".checkpoints/second.done").touch()
    told = read(".checkpoints/second.done")
    for name in b"since", b"filler", b"g":
        check(name in told, "%r is missing: %r" % (name, told))
    check(b"torn" not in told, "vouches for what was lost: %r" % told)
idemfs("verify", "--full", BACKING)
