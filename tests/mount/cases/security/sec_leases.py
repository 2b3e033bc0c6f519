# SPDX-License-Identifier: MIT
# about: F2, C2: leases on backing files stop no open for long, and no mark
# options: --threads 2
from mounttest import *
import fcntl

OPENERS = 6


def take(i):
    """Its breaking is ignored: the kernel waits for that, 45 s by default."""
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    fd = os.open(BACKING / ("f%d" % i), os.O_RDWR)
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)


def open_often():
    for flags in (os.O_WRONLY, os.O_WRONLY | os.O_TRUNC, os.O_RDONLY) * 3:
        raises((errno.EWOULDBLOCK, errno.EIO), os.open, "f%d" % i, flags)


for i in range(OPENERS):
    write("f%d" % i, b"x" * 100000)
Path(".checkpoints/before").touch()
holder = Peer()
openers = []
for i in range(OPENERS):
    holder(take, i)
    # What is at the new name has no digest, and cannot be read.
    if i % 2:
        os.rename("f%d" % i, "tmp")
        os.rename("tmp", "f%d" % i)
    openers.append(Peer())
    openers[-1].send(open_often)
for i in range(200):
    write("ours", b"%d" % i)
    os.rename("ours", "theirs")
    eq(read("theirs"), b"%d" % i)
Path(".checkpoints/after").touch()
check(openers[0].busy(0), "nobody has waited for a lease")
for p in openers:
    os.kill(p.pid, signal.SIGKILL)
for p in openers:
    p.kill()
holder.exit()
write("f0", b"free")
eq(read("f0"), b"free")
eq(read("f1"), b"x" * 100000)
idemfs("verify", BACKING)
