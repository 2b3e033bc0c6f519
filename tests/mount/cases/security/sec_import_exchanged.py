# SPDX-License-Identifier: MIT
# about: C1: what is taken in from a real .checkpoints has the rights of the file that was read, though its name is another's by then
# mount: no
# log: errors
from mounttest import *

no_leak_check()

CP = MNT / ".checkpoints"
theirs = BACKING / ".checkpoints"
secret = BACKING / "secret"


def exchange():
    """What its user does when the daemon has come to x.done."""
    os.rename(secret, theirs / "x.done")


theirs.mkdir()
write(theirs / "x.done", b"mine", mode=0o666)
os.chmod(theirs / "x.done", 0o666)
write(secret, b"the key", mode=0o600)
m = Held("openat:x.done", IDEMFS, "mount", BACKING, MNT)
exchange()
m.let_go()
said, mode = read(CP / "x.done"), os.stat(CP / "x.done").st_mode
check(said == b"mine" or mode & 0o077 == 0,
      "%s is shown with mode %o" % (said, mode))
idemfs("umount", MNT)

# Neither does a FIFO that has come there hold up the mount.
theirs.mkdir()
write(theirs / "y.done", b"mine")
m = Held("openat:y.done", IDEMFS, "mount", BACKING, MNT)
os.unlink(theirs / "y.done")
os.mkfifo(theirs / "y.done")
said = m.let_go()
check("y.done: not a plain file" in said, said)
absent(CP / "y.done")
idemfs("umount", MNT)
os.unlink(theirs / "y.done")

# A link, a big file: said, and left where it is.
write(theirs / "big.done", b"x" * (3 << 20))
os.symlink("/etc/passwd", theirs / "link.done")
write(theirs / "good.done", b"")
got = subprocess.run([IDEMFS, "mount", BACKING, MNT], check=True,
                     stderr=subprocess.PIPE).stderr.decode()
check("big.done: of more than 1 MiB" in got, got)
check("link.done: not a plain file" in got, got)
eq(sorted(os.listdir(CP)), ["good.done", "x.done"])
idemfs("umount", MNT)
eq(sorted(os.listdir(theirs)), ["big.done", "link.done"])
