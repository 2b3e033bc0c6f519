# SPDX-License-Identifier: MIT
# about: L1: what a step reads is told, however it reads it, with the digest of what was opened
import shutil

from learning import *

for n in ("libc", "mapped", "linked", "hard", "fd", "child", "x1", "x2", "x3",
          "x4", "g1.in", "g2.in", "stdin"):
    write(n, b"content of " + n.encode())
os.symlink("linked", "link")
os.link("hard", "hard2")
os.mkdir("d")
os.symlink("../libc", "d/up")
shutil.copy("/bin/true", "program")
write("script", b"#!/bin/sh\ncat child\n", mode=0o755)
os.chmod("script", 0o755)

MAP = """
import mmap
with open("mapped") as f:
    mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)[:]
"""

EACH = {
    "libc": ("cat libc", {"learned": {"libc"}}),
    "map": ("python3 -I -c '%s'" % MAP, {"learned": {"mapped"}}),
    "exec": ("./program", {"learned": {"program"}}),
    "script": ("./script", {"learned": {"script", "child"}}),
    "link": ("cat link", {"learned": {"linked"}, "linked": {"link"}}),
    "up": ("cat d/up", {"learned": {"libc"}, "linked": {"d/up"}}),
    "hard": ("cat hard2", {"learned": {"hard2"}}),
    "both": ("cat hard hard2", {"learned": {"hard", "hard2"}}),
    "fd": ("exec 3< fd; cat /proc/self/fd/3", {"learned": {"fd"}}),
    "stdin": ("cat < stdin", {"learned": {"stdin"}}),
    "child": ("(cat child &) | cat", {"learned": {"child"}}),
    "xargs": ("printf '%s\\n' x1 x2 x3 x4 | xargs -P4 -n1 cat",
              {"learned": {"x1", "x2", "x3", "x4"}}),
    "glob": ("cat *.in", {"learned": {"g1.in", "g2.in"}, "listed": {"."}}),
    "list": ("ls d", {"listed": {"d"}}),
    "absent": ("cat nothing d/none || true", {"absent": {"nothing", "d/none"}}),
    "test": ("test -e nothing || true", {"absent": {"nothing"}}),
    "nothing": ("true", {}),
}

for name, (script, want) in EACH.items():
    m = learn(name, script)
    eq(m.head["learn"], "yes", name)
    eq(m.learned(), want, name)
    for path in want.get("learned", ()):
        eq(m.of[path].digest, xxhsum(path), path)
        eq(m.of[path].size, os.stat(path).st_size, path)
    skips(name, script)
    eq(set(checked(name).values()) - {"OK"}, set(), "by xxhsum")

# A program that calls no libc: static, as busybox is in many places.
if shutil.which("gcc"):
    write(TMP / "s.c", b"#include <fcntl.h>\n#include <unistd.h>\n"
          b"int main(void) { char b[9]; return read(open(\"libc\", "
          b"O_RDONLY), b, 9) != 9; }")
    if subprocess.run(["gcc", "-static", "-o", TMP / "static", TMP / "s.c"],
                      stderr=subprocess.DEVNULL, check=False).returncode == 0:
        eq(learn("static", str(TMP / "static")).learned(),
           {"learned": {"libc"}})
