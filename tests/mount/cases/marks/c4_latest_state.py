# SPDX-License-Identifier: MIT
# about: C4: a mark tells the latest state of each path: rewritten, renamed, removed, linked, touched
# quarantine: some
from manifest import *

for i in range(5):
    write("often", b"%d" % i)
write("renamed", b"r")
os.rename("renamed", "new name")
write("temp", b"t")
os.remove("temp")
write("over", b"old")
write("by", b"new")
os.rename("by", "over")
write("linked", b"l")
os.link("linked", "link")
write("touched", b"x" * 100)
os.utime("touched", ns=(10 ** 18, 10 ** 18 + 5))
write("moded", b"m")
os.chmod("moded", 0o600)
os.mkdir("dir.tmp")
write("dir.tmp/a", b"a")
os.rename("dir.tmp", "dir")
write("dir/b", b"b")
os.mkfifo("fifo")
write("here.log", b"in place")
write("killed", b"committed")
p = Peer()
fd = p.put("killed", b"never")
p.kill(signal.SIGKILL)
Path(".checkpoints/a.done").touch()

m = Manifest("a.done")
files = ["often", "new name", "over", "linked", "link", "touched", "moded",
         "dir/a", "dir/b", "killed"]
eq(m.paths("file"), sorted(files))
for path in files:
    holds(m, path)
eq(m.of["touched"].mtime, 10 ** 18 + 5)
eq(m.paths("gone"), ["by", "dir.tmp", "renamed", "temp"])
eq(m.paths("node"), ["dir", "fifo"])
eq((m.of["dir"].to, m.of["fifo"].to), ("dir", "fifo"))
eq(m.paths("inplace"), ["here.log"])
eq(m.paths("moved", "unread"), [])
eq(sorted(checked("a.done")), sorted(files))

# Now a directory that an earlier mark knows.
os.rename("dir", "other")
write("other/a", b"A")
os.replace("linked", "other/linked")
os.mkdir("x")
exchange = libc.renameat2(AT_FDCWD, b"x", AT_FDCWD, b"other", EXCHANGE)
eq(exchange, 0)
Path(".checkpoints/b.done").touch()
m = Manifest("b.done")
holds(m, "x/a")
holds(m, "x/linked")
eq(m.paths("file"), ["x/a", "x/linked"])
check("dir" in m.paths("moved"), m.records)
check("linked" in m.paths("gone"), m.records)
