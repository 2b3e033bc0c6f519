# SPDX-License-Identifier: MIT
# about: F9: after a crash on a full disk the next mount comes up, to make room through it
# needs: /dev/fuse
# backing: ext4 16m
# mount: no
# quarantine: some
# log: errors
from mounttest import *

idemfs("mount", BACKING, MNT)
write(MNT / "f", b"old")
Path(MNT / ".checkpoints/first.done").touch()
write(MNT / "since", b"whole")
p = Peer()
p.put(MNT / "f", b"half")
fill(BACKING / "filler")
os.kill(daemon_pid(), signal.SIGKILL)
p.exit()
with mounted():
    os.chdir(MNT)
    eq(read("f"), b"old")
    one_partial("f", b"half")
    full = os.statvfs(".")
    eq((full.f_bavail, full.f_bfree), (0, os.statvfs(BACKING).f_bfree), "room")
    raises(errno.ENOSPC, write, "g", pattern(1 << 20))
    absent("g")
    fill(BACKING / "more")  # what was deleted is free after a commit only
    raises(errno.ENOSPC, Path(".checkpoints/no.done").touch)
    absent(".checkpoints/no.done")
    os.unlink("filler")
    check(os.statvfs(".").f_bavail > 0, "statfs knows of no room")
    write("g", b"made")
    Path(".checkpoints/second.done").touch()
    told = read(".checkpoints/second.done")
    check(b"since" in told and b"filler" in told, "manifest: %r" % told)
idemfs("verify", "--full", BACKING)
