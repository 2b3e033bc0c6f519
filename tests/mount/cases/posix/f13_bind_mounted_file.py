# SPDX-License-Identifier: MIT
# about: F13: a file that something is mounted on, by itself, is written to
# native: yes
# needs: root
from mounttest import *

below = MNT if NATIVE else BACKING
for name in ("target", "source"):
    (below / name).write_bytes(b"old")
run("mount", "--bind", below / "source", below / "target")
try:
    write("target", b"new")
    eq(read("target"), b"new")
    eq(read("source"), b"new")
    write("target", b"+", APPEND)
    sh("printf x >> target")
    eq(read("source"), b"new+x")
    os.truncate("target", 2)
    eq(read("target"), b"ne")
    with open("target", "r+b") as f:
        f.write(b"N")
    eq(read("target"), b"Ne")
    fd = os.open("fresh", TRUNC)
    raises(errno.EBUSY, os.rename, "fresh", "target")
    os.close(fd)
    if not NATIVE:
        Path(".checkpoints/all.done").touch()
finally:
    run("umount", below / "target")
