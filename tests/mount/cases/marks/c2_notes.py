# SPDX-License-Identifier: MIT
# about: C2, C5: a mark is there with its note, or not there
# quarantine: some
from manifest import *

C = Path(".checkpoints")
LIMIT = 1 << 20

# Too long: it fails, and there is no mark.
raises(errno.EFBIG, write, C / "long.done", b"x" * (LIMIT + 1))
absent(C / "long.done")
write(C / "fits.done", b"x" * LIMIT)
eq(len(read(C / "fits.done")), LIMIT)
eq(sh("head -c %d /dev/zero > .checkpoints/sh.done" % (LIMIT + 1), status=1),
   "")
absent(C / "sh.done")
raises(errno.EFBIG, write, C / "fits.done", b"y" * (LIMIT + 1))
absent(C / "fits.done")

# Killed before it was closed, new or made anew: not there.
for again in (False, True):
    for data in (b"", b"half"):
        if again:
            write(C / "k.done", b"whole")
        p = Peer()
        fd = p(os.open, str(C / "k.done"), TRUNC)
        if data:
            p(os.write, fd, data)
        p.kill()
        absent(C / "k.done")
# By a shell: the command is the opener, its first close is not the last.
sh("(echo half; kill -9 $BASHPID) > .checkpoints/s.done", status=137)
absent(C / "s.done")
# A child that is killed decides nothing.
sh("{ echo one; sh -c 'kill -9 $$'; echo two; } > .checkpoints/c.done")
eq(read(C / "c.done"), b"one\ntwo\n")
# What was fsynced is good.
p = Peer()
fd = p(os.open, str(C / "synced.done"), TRUNC)
p(os.write, fd, b"good")
p(os.fsync, fd)
p.kill()
eq(read(C / "synced.done"), b"good")
# A mark belongs to the user who has made it anew.
p = Peer()
fd = p(os.open, str(C / "mine.done"), TRUNC)
write(C / "mine.done", b"another's")
p.kill()
eq(read(C / "mine.done"), b"another's")
write(C / "d.done", b"note")

# A file that becomes a mark is not one of its outputs.
write("out", b"output")
write("temp", b"the note")
os.rename("temp", C / "x.done")
eq(read(C / "x.done"), b"the note")
absent("temp")
m = Manifest("x.done")
check("out" in m.paths("file"), m.text)
check("temp" not in m.paths("file"), m.text)
idemfs("verify", MNT)
