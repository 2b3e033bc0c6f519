# SPDX-License-Identifier: MIT
# about: S1: a change is the step's from any directory, by any descendant, also after setsid and a double fork; a redirected output is the outer session's
# needs: setsid
from manifest import *

BIN = TMP / "bin"
BIN.mkdir()
os.symlink(IDEMFS, BIN / "idemfs")
os.environ["PATH"] = "%s:%s" % (BIN, os.environ["PATH"])

# From a directory of its own making, and outside of the mount.
sh("idemfs step sub -- sh -c 'mkdir -p x/y; cd x/y; echo 1 > f; cd /; "
   "echo 2 > %s/g; ln -s g %s/h'" % (MNT, MNT))
m = Manifest("sub")
eq(m.paths("file"), ["g", "x/y/f"])
eq(m.paths("node"), ["h", "x", "x/y"])

# A descendant that has left the session and the group, whose parent is gone.
sh("""idemfs step deep -- bash -c '
    (setsid sh -c "(setsid sh -c \\"echo 1 > deep.1; echo 1 > deep.2\\" &)" &)
    until [ -e deep.2 ]; do :; done'""")
eq(Manifest("deep").paths("file"), ["deep.1", "deep.2"])

# Farther away than the ancestors that are looked at otherwise.
GENERATION = TMP / "generation"
GENERATION.write_text("""
if [ $1 -gt 0 ]; then bash %s $(($1 - 1)); else echo 1 > far; fi; true
""" % GENERATION)
sh("idemfs step far -- bash %s 100" % GENERATION)
eq(Manifest("far").paths("file"), ["far"])

# Opened by the shell outside: the outer session's, and not waited for.
sh("""idemfs session --name outer -- bash -c '
    idemfs step inner -- sh -c "echo 1 > inner.1; echo said" > said
    idemfs step joined -- sh -c "echo 1 > joined.1" >> said
    touch .checkpoints/outer'""")
eq(Manifest("inner").paths("file"), ["inner.1"])
eq(Manifest("joined").paths("file"), ["joined.1"])
eq(Manifest("outer").paths("file"), ["said"])
eq(read("said"), b"said\n")

# All that is no write, too.
for f in ("old", "old2"):
    write(f, b"1")
write(".checkpoints/before", b"")
sh("""idemfs step others -- sh -c '
    mv old moved; rm old2; mkdir d; mkfifo p; ln moved linked; ln -s x s'""")
m = Manifest("others")
eq(m.paths("file"), ["linked", "moved"])
eq(m.paths("gone"), ["old", "old2"])
eq(m.paths("node"), ["d", "p", "s"])
