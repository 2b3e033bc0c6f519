# SPDX-License-Identifier: MIT
# about: L5: what the kernel had cached before hides no read, no absent name and no link from a step that learns
from learning import *

write("f", b"1")
write("v1", b"1")
write("v2", b"2")
os.symlink("v1", "link")
os.link("f", "f2")
os.mkdir("d")
for i in range(300):
    write("d/%d" % i, b"")


def look():
    """As a shell does right before it starts the step."""
    for path in ("none", "d/none", "d/none/below"):
        check(not os.path.exists(path), path)
    eq(read("link"), read(os.readlink("link")))
    eq(read("f"), read("f2"))


SCRIPT = "cat none d/none link f2 || true"
WANT = {"absent": {"none", "d/none"}, "linked": {"link"},
        "learned": {"v1", "f2"}}
for i in range(5):
    look()
    eq(learn("s%d" % i, SCRIPT).learned(), WANT)

# A link that was just replaced by a rename.
look()
os.symlink("v2", "tmp")
os.readlink("tmp")
os.rename("tmp", "link")
WANT["learned"] = {"v2", "f2"}
eq(learn("renamed", SCRIPT).learned(), WANT)

# A name that was just linked: no LOOKUP leads to it.
os.link("v1", "v1.too")
eq(learn("linked", "cat v1.too").learned(), {"learned": {"v1.too"}})

# More names than are remembered.
for i in range(9000):
    os.path.exists("d/no%d" % i)
look()
eq(learn("many", "cat d/no0 d/no8999 none || true").learned(),
   {"absent": {"d/no0", "d/no8999", "none"}})

# Others may look while it runs.
p = Peer()
fifo = TMP / "fifo"
os.mkfifo(fifo)
s = subprocess.Popen([IDEMFS, "step", "--learn", "during", "--", "bash", "-c",
                      "read l < %s; cat none link || true" % fifo])
with open(fifo, "w") as f:
    p(os.path.exists, "none")
    p(os.readlink, "link")
    f.write("go\n")
eq(s.wait(), 0)
eq(Manifest("during").learned(),
   {"absent": {"none"}, "linked": {"link"}, "learned": {"v2"}})

# What is mounted inside stays mounted.
os.mkdir("inside")
if run("mount", "-t", "tmpfs", "none", MNT / "inside", status=None) == "" and \
        os.path.ismount("inside"):
    try:
        write("inside/f", b"1")
        learn("inside", "cat inside/f; ls d > /dev/null")
        check(os.path.ismount("inside"), "is it still mounted?")
    finally:
        run("umount", MNT / "inside")
