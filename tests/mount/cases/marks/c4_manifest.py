# SPDX-License-Identifier: MIT
# about: C4: a mark tells its maker, when, and size, time and digest of what was promoted since
from manifest import *

before = time.time()
write("a", b"hello\n")
os.mkdir("d")
write("d/big", pattern(3 << 20))
write("empty", b"")
Path(".checkpoints/one.done").touch()
m = Manifest("one.done")
eq(m.head["name"], "one.done")
eq(m.head["user"], str(os.getuid()))
eq(m.head["pid"], str(os.getpid()))
check("c4_manifest" in m.head["command"] or "python" in m.head["command"],
      m.head)
check(before - 60 < float(m.head["time"].split()[0]) < time.time() + 60, m.head)
check("since" not in m.head, "the first mark has none before")
eq(m.paths("file"), ["a", "d/big", "empty"])
eq(m.paths("node"), ["d"])
for path in ("a", "d/big", "empty"):
    holds(m, path)
eq(checked("one.done"), {"a": "OK", "d/big": "OK", "empty": "OK"})
eq(read(".checkpoints/one.done"), m.text)

write("a", b"other\n")
os.remove("empty")
Path(".checkpoints/two.done").touch()
m = Manifest("two.done")
# Which of two names comes first is for their threads to settle.
eq(sorted((r.kind, r.path) for r in m.records),
   [("file", "a"), ("gone", "empty")])
holds(m, "a")
s = float(m.head["since"])
check(0 <= s < 600, s)

# Nothing has changed: there is still something for xxhsum to check.
Path(".checkpoints/three.done").touch()
eq(Manifest("three.done").records, [])
eq(checked("three.done"), {"/dev/null": "OK"})
