# SPDX-License-Identifier: MIT
# about: C4, C6: a mark that is made anew, noted in or renamed still tells what it told before
from manifest import *

write("a", b"a")
Path(".checkpoints/x.done").touch()
write("b", b"b")
Path(".checkpoints/x.done").touch()
eq(Manifest("x.done").paths("file"), ["a", "b"])
Path(".checkpoints/x.done").write_text("note")
m = Manifest("x.done")
eq((m.paths("file"), m.note), (["a", "b"], b"note"))
eq(read(".checkpoints/x.done"), b"note")

# mktemp and mv: what came in between is told as well.
fd = os.open(".checkpoints/tmp.1234", EXCL)
os.close(fd)
write("c", b"c")
os.rename(".checkpoints/tmp.1234", ".checkpoints/y.done")
m = Manifest("y.done")
eq((m.paths("file"), m.head["name"]), (["c"], "y.done"))
os.rename(".checkpoints/x.done", ".checkpoints/z.done")
m = Manifest("z.done")
eq((m.paths("file"), m.note), (["a", "b"], b"note"))
write("d", b"d")
os.rename(".checkpoints/z.done", ".checkpoints/zz.done")
m = Manifest("zz.done")
eq((m.paths("file"), m.note), (["a", "b", "d"], b"note"))
eq(sorted(os.listdir(".checkpoints")), ["y.done", "zz.done"])

# Removed and made again, it begins anew.
os.remove(".checkpoints/zz.done")
write("e", b"e")
Path(".checkpoints/zz.done").touch()
eq(Manifest("zz.done").paths("file"), ["e"])
for name in ("y.done", "zz.done"):
    check(all(w == "OK" for w in checked(name).values()), name)
