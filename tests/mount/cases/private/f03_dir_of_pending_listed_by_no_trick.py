# SPDX-License-Identifier: MIT
# about: F3: no seek, no small buffer and no plus-listing shows a pending name
from mounttest import *

for i in range(300):
    write("file%03d" % i, b"")
p = Peer()
fds = [p.put("pending%03d" % i, b"x") for i in range(50)]
listed = [n for n in names() if n != ".checkpoints"]
eq(len(listed), 300)
eq([n for n in listed if n.startswith("pending")], [])
eq(run("ls", "-la").count("pending"), 0)
eq(run("find", ".", "-name", "*pending*"), "")
eq(sh("echo pending*"), "pending*\n")
for fd in fds:
    p.close(fd)
eq(len([n for n in names() if n.startswith("pending")]), 50)
