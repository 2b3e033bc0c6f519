# SPDX-License-Identifier: MIT
# about: F14: temp files are never listed nor reachable, and gone after the close
from mounttest import *

os.makedirs("d/e")
write("d/f", b"old")
p = Peer()
fds = [p.put(n, b"x") for n in ("d/f", "d/new", "d/e/new", "top")]
listed = run("find", ".", "-not", "-path", "./.checkpoints*").split()
eq(sorted(listed), [".", "./d", "./d/e", "./d/f"])
for where, _, files in os.walk(BACKING):
    if "/.idemfs" in where:
        continue
    for n in files:
        rel = os.path.relpath(os.path.join(where, n), BACKING)
        if rel != "d/f":
            absent(rel)
for fd in fds:
    p.close(fd)
listed = run("find", ".", "-not", "-path", "./.checkpoints*").split()
eq(sorted(listed), [".", "./d", "./d/e", "./d/e/new", "./d/f", "./d/new",
                    "./top"])
os.listdir(".")
eq(temps(), [])
