# SPDX-License-Identifier: MIT
# about: F13: a path of a thousand components works
# native: yes
from mounttest import *

top = os.getcwd()
for _ in range(1000):
    os.mkdir("d")
    os.chdir("d")
write("f", b"at the bottom")
write("f", b"overwritten")
eq(read("f"), b"overwritten")
os.rename("f", "g")
os.chdir(top)
path = "d/" * 1000 + "g"
eq(read(path), b"overwritten")
write(path, b"by path")
eq(read(path), b"by path")
run("rm", "-rf", "d")
absent("d")
