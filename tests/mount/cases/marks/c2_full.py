# SPDX-License-Identifier: MIT
# about: C2: a mark on a full filesystem fails with ENOSPC, leaves none, and says so; when there is room it can be made
# backing: ext4 16m
# quarantine: some
# log: errors
from manifest import *

write("output", pattern(100000))
fill = os.open(BACKING / "fill", TRUNC)
try:
    while True:
        os.write(fill, bytes(1 << 16))
except OSError as e:
    eq(e.errno, errno.ENOSPC)
try:
    while True:
        os.write(fill, b"x")
except OSError as e:
    eq(e.errno, errno.ENOSPC)

raises(errno.ENOSPC, write, ".checkpoints/a.done", b"")
absent(".checkpoints/a.done")
eq(os.listdir(".checkpoints"), [])
said = idemfs("status", MNT)
check("a.done" in said and "No space left" in said, said)
eq(read("output"), pattern(100000))
os.remove("output")  # through the mount, which must be told by the next mark

os.ftruncate(fill, 0)
os.close(fill)
os.remove(BACKING / "fill")
write("output2", b"2")
Path(".checkpoints/b.done").touch()
m = Manifest("b.done")
eq((m.paths("file"), m.paths("gone")), (["output2"], ["output"]))
check("a.done" not in idemfs("status", MNT), "the trouble is over")
