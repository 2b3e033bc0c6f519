# SPDX-License-Identifier: MIT
# about: F13: a file made by an open for reading alone is there after its close
# native: yes
from mounttest import *

for i in range(50):
    fd = os.open("f%d" % i, os.O_RDONLY | os.O_CREAT, 0o640)
    os.close(fd)
    eq(os.stat("f%d" % i).st_size, 0)
    eq(os.stat("f%d" % i).st_mode & 0o777, 0o640)
eq(sorted(n for n in os.listdir(".") if n != ".checkpoints"),
   sorted("f%d" % i for i in range(50)))
