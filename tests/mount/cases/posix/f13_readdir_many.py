# SPDX-License-Identifier: MIT
# about: F13: thousands of names are listed once each, also while names come and go
# native: yes
from mounttest import *

want = {"file%05d" % i for i in range(3000)}
os.mkdir("d")
for n in want:
    os.close(os.open("d/" + n, os.O_WRONLY | os.O_CREAT))
got = os.listdir("d")
eq(len(got), len(set(got)), "listed twice")
eq(set(got), want)
seen = []
for i, e in enumerate(os.scandir("d")):
    seen.append(e.name)
    check(e.is_file(follow_symlinks=False), "type")
    if i % 10 == 0:
        write("d/new%d" % i, b"")
        os.unlink("d/new%d" % i)
old = [n for n in seen if n.startswith("file")]
eq(len(old), len(set(old)), "listed twice")
eq(set(old), want, "missed")
run("rm", "-rf", "d")
absent("d")
