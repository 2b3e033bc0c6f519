# SPDX-License-Identifier: MIT
# about: C4: what is promoted by a copy (a mapping may be left, another filesystem) is told as what is at its name
# needs: root
# mount: no
from manifest import *

inner = BACKING / "inner"
inner.mkdir()
run("mount", "-t", "tmpfs", "tmpfs", inner)
idemfs("mount", BACKING, MNT)
os.chdir(MNT)
try:
    # Both passes through: a shared mapping of it would outlive both.
    a = os.open("mapped", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.write(a, b"x" * 5000)
    b = os.open("mapped", os.O_RDWR)
    os.link("mapped", "second name")
    os.close(a)
    os.close(b)
    # It is moved to another filesystem before it is there.
    c = os.open("moved", os.O_WRONLY | os.O_CREAT)
    os.write(c, b"y" * 5000)
    os.rename("moved", "inner/moved")
    os.close(c)
    Path(".checkpoints/x.done").touch()
    m = Manifest("x.done")
    for path in ("mapped", "second name", "inner/moved"):
        holds(m, path)
    idemfs("verify", "--full", MNT)
    eq(os.listdir(BACKING / ".idemfs/tmp"), ["journal"])
    check(not [n for n in os.listdir(inner) if n.startswith(".idemfs")],
          os.listdir(inner))
finally:
    os.chdir("/")
    idemfs("umount", MNT)
    run("umount", inner)
