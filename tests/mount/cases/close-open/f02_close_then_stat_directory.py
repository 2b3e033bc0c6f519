# SPDX-License-Identifier: MIT
# about: F2: once a new file is closed, the times of its directory are those below
# options: --threads 1
# options: --threads 4
# options: --cache 60
from mounttest import *


def below(path):
    return os.stat(BACKING / path).st_mtime_ns


os.mkdir("d")
for i in range(60):
    for folder in (".", "d"):
        name = "%s/f%d" % (folder, i)
        os.stat(folder)
        fd = os.open(name, TRUNC)
        os.write(fd, b"x")
        os.stat(folder)  # the kernel may keep this one
        os.close(fd)
        eq(os.stat(folder).st_mtime_ns, below(folder), name)
    # Rarely, and so cached; and in one go.
    if i < 20:
        time.sleep(0.03)

# What replaces a file leaves them alone, while it is written and after.
before = os.stat("d").st_mtime_ns
fd = os.open("d/f1", TRUNC)
eq(os.stat("d").st_mtime_ns, before)
os.close(fd)
eq(os.stat("d").st_mtime_ns, before)

# What is done to a committed file reaches a pending one that the kernel knows.
os.chmod("d/f1", 0o600)
p = Peer()
fd = p.put("d/f1", b"more")
eq(p(os.fstat, fd).st_mode & 0o777, 0o600)
os.chmod("d/f1", 0o640)
eq(p(os.fstat, fd).st_mode & 0o777, 0o640, "chmod by path")
p.close(fd)
eq(os.stat("d/f1").st_mode & 0o777, 0o640)
