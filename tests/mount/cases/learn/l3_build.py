# SPDX-License-Identifier: MIT
# about: L1, L3: a C project of a hundred files, built by a step a file and by one step: a changed header redoes exactly what includes it, as gcc -MM tells
# needs: gcc
# timeout: 600
import random

from learn import *

N, HEADERS = 50, 60
rng = random.Random(7)
os.makedirs("src")
os.makedirs("include/deep")
for i in range(HEADERS):
    d = "include/deep" if i % 3 == 0 else "include"
    inner = sorted(rng.sample(range(i), min(i, 2))) if i else []
    text = "#pragma once\n" + "".join(
        "#include \"%sh%d.h\"\n" % ("deep/" if j % 3 == 0 else "", j)
        for j in inner)
    write("%s/h%d.h" % (d, i), (text + "#define H%d %d\n" % (i, i)).encode())
for i in range(N):
    used = rng.sample(range(HEADERS), 3)
    write("src/f%d.c" % i, ("".join(
        "#include \"%sh%d.h\"\n" % ("deep/" if j % 3 == 0 else "", j)
        for j in used) + "int f%d(void) { return H%d; }\n" % (i, used[0])
    ).encode())

SCRIPT = TMP / "build"
write(SCRIPT, b"""set -e
mkdir -p obj
i=0
while [ $i -lt %d ]; do
	"$IDEMFS" step --learn obj/f$i.o -- sh -c \\
		'echo $1 >> "$TMP/ran"; gcc -Iinclude -c src/f$1.c -o obj/f$1.o' sh $i
	i=$((i + 1))
done
""" % N)


def build():
    run("sh", SCRIPT)
    ran = TMP / "ran"
    got = {int(x) for x in read(ran).split()} if ran.exists() else set()
    ran.unlink(missing_ok=True)
    return got


def including(header):
    """Which sources include it, as gcc says."""
    out = run("gcc", "-Iinclude", "-MM", *["src/f%d.c" % i for i in range(N)])
    rules = out.replace("\\\n", " ").splitlines()
    return {int(rule.split(":")[0][1:-2]) for rule in rules
            if header in rule.split()}


eq(build(), set(range(N)))
eq(build(), set())
for header in ("include/h1.h", "include/deep/h30.h", "include/h59.h"):
    want = including(header)
    write(header, read(header) + b"#define MORE 1\n")
    eq(build(), want, header)
eq(build(), set())

# A header that comes before the one that was found.
want = including("include/h1.h")
write("include/deep/h1.h", b"")
eq(build(), {i for i in want if Manifest("obj/f%d.o" % i).of.get(
    "include/deep/h1.h")}, "looked for beside the one that includes it")
os.unlink("include/deep/h1.h")
build()

# All in one step.
s = Steps()
ALL = ("sh", "-c", "mkdir -p all; for f in src/*.c; do "
       "o=${f#src/}; gcc -Iinclude -c $f -o all/${o%.c}.o; done")
s.runs("all.done", *ALL)
s.skips("all.done", *ALL)
write("include/h2.h", read("include/h2.h") + b"/* */\n")
s.runs("all.done", *ALL, why="include/h2.h changed")
write("src/g.c", b"int g;\n")
s.runs("all.done", *ALL, why="src/ has a new file g.c")
s.skips("all.done", *ALL)
