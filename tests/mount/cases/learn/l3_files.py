# SPDX-License-Identifier: MIT
# about: L1, L3: a step that learns is done again when a file that it read has another content or is gone, also through an included file or a helper script, and not for a new time
from learn import *

s = Steps()
os.mkdir("lib")
write("lib/a.h", b"#include \"b.h\"\n")
write("lib/b.h", b"one\n")
write("helper.sh", b"#!/bin/sh\ncat lib/$(sed -n 's/.*\"\\(.*\\)\"/\\1/p' lib/a.h)\n", mode=0o777)
DO = ("sh", "-c", "./helper.sh > out")

s.runs("a.done", *DO)
eq(read("out"), b"one\n")
m = Manifest("a.done")
eq(m.head["learn"], "yes")
for path in ("lib/a.h", "lib/b.h", "helper.sh"):
    eq(m.of[path].kind, "learned", path)
eq(checked("a.done")["lib/b.h"], "OK")
s.skips("a.done", *DO)
eq(s.why("a.done", *DO), "")

# Times alone say nothing, nor does a copy of the same content.
for path in ("lib/a.h", "lib/b.h", "helper.sh"):
    os.utime(path)
s.skips("a.done", *DO)
write("lib/b.h", b"one\n")
s.skips("a.done", *DO)

write("lib/b.h", b"two\n")
eq(s.why("a.done", *DO), "step a.done: lib/b.h changed, so it is run again\n")
s.runs("a.done", *DO, why="lib/b.h changed")
eq(read("out"), b"two\n")
s.skips("a.done", *DO)
old = os.stat("lib/b.h")
write("lib/b.h", b"TWO\n")
os.utime("lib/b.h", ns=(old.st_atime_ns, old.st_mtime_ns))
s.runs("a.done", *DO, why="lib/b.h changed")
write("helper.sh", read("helper.sh") + b"echo more\n")
s.runs("a.done", *DO, why="helper.sh changed")
eq(read("out"), b"TWO\nmore\n")
s.skips("a.done", *DO)

# What is not read does not count.
write("lib/c.h", b"")
s.skips("a.done", *DO)
os.rename("lib/b.h", "lib/d.h")
eq(s.why("a.done", *DO), "step a.done: lib/b.h is gone, so it is run again\n")
os.rename("lib/d.h", "lib/b.h")
s.skips("a.done", *DO)

# The command counts, too; and a mark that has learned nothing does not hold.
s.runs("a.done", "sh", "-c", "cat lib/a.h > out", why="the command, or where it is run, has changed")
subprocess.run([IDEMFS, "step", "plain.done", "--", *DO], check=True)
s.runs("plain.done", *DO, why="what it reads was not learned")
s.skips("plain.done", *DO)
subprocess.run([IDEMFS, "step", "plain.done", "--", "false"], check=True,
               stderr=subprocess.DEVNULL)
