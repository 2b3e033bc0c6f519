# SPDX-License-Identifier: MIT
# about: L4: the program, its interpreter, the script outside the mount and files that are open before are inputs; show says what is not learned
from learn import *

s = Steps()
bin = TMP / "bin"
bin.mkdir()
os.environ["PATH"] = "%s:%s" % (bin, os.environ["PATH"])
write(bin / "interpreter", b"#!/bin/sh\nexec /bin/sh \"$@\"\n", mode=0o777)
write(bin / "tool", b"#!/usr/bin/env interpreter\necho 1 > out\n", mode=0o777)

s.runs("tool.done", "tool")
m = Manifest("tool.done")
inputs = {os.path.basename(p) for p in m.paths("input")}
check({"tool", "interpreter", "env"} <= inputs, inputs)
s.skips("tool.done", "tool")
write(bin / "tool", b"#!/usr/bin/env interpreter\necho 2 > out\n")
s.runs("tool.done", "tool", why="%s changed" % (bin / "tool"))
write(bin / "interpreter", b"#!/bin/sh\nexec /bin/sh -e \"$@\"\n")
s.runs("tool.done", "tool", why="%s changed" % (bin / "interpreter"))
s.skips("tool.done", "tool")

# Another program of that name comes first.
first = TMP / "first"
first.mkdir()
write(first / "tool", b"#!/bin/sh\necho 3 > out\n", mode=0o777)
os.environ["PATH"] = "%s:%s" % (first, os.environ["PATH"])
said = s.step("tool.done", "tool")
check("is no input any more, so it is run again" in said, said)
eq(read("out"), b"3\n")
s.skips("tool.done", "tool")

# A script that a program is given.
script = TMP / "script.sh"
write(script, b"echo 1 > made\n")
s.runs("script.done", "sh", "-e", script)
s.skips("script.done", "sh", "-e", script)
write(script, b"echo 2 > made\n")
s.runs("script.done", "sh", "-e", script, why="%s changed" % script)

# What is open already: in the mount, outside, and without a name.
for path in ("list", TMP / "list"):
    write(path, b"b\na\n")
    name = "%s.done" % ("inside" if path == "list" else "outside")
    for content in (b"b\na\n", b"c\na\n"):
        write(path, content)
        with open(path, "rb") as f:
            said = s.step(name, "sh", "-c", "sort > sorted", stdin=f)
        check("skipped" not in said, said)
        with open(path, "rb") as f:
            s.skips(name, "sh", "-c", "sort > sorted", stdin=f)
    eq(read("sorted"), b"a\nc\n")
for content, skipped in ((b"1\n", False), (b"1\n", True), (b"2\n", False)):
    with open(TMP / "gone", "wb+") as f:
        f.write(content)
        f.flush()
        f.seek(0)
        os.unlink(TMP / "gone")
        said = s.step("here.done", "sh", "-c", "cat > sorted", stdin=f)
    eq("skipped" in said, skipped, said)
check("is no input any more" in s.step("here.done", "sh", "-c", "cat > sorted"),
      "it has no input now")

got = subprocess.run([IDEMFS, "show", MNT, "tool.done"], check=True,
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
check(b"environment are not learned" in got.stderr, got.stderr)
check(b"# input " in got.stdout, got.stdout)
