# SPDX-License-Identifier: MIT
# about: F13: d_ino of a listing is st_ino of stat, also after an overwrite
# native: yes
from mounttest import *

for i in range(20):
    write("f%d" % i, b"x")
os.mkdir("d")
os.symlink("x", "l")
for _ in range(2):
    for e in os.scandir("."):
        if e.name != ".checkpoints":
            eq(e.inode(), os.lstat(e.name).st_ino, e.name)
    for i in range(0, 20, 2):
        write("f%d" % i, b"yy")
inos = [os.stat("f%d" % i).st_ino for i in range(20)]
eq(len(set(inos)), 20)
