# SPDX-License-Identifier: MIT
# about: F3: the opener may link what it has not closed; both names get it
# native: yes
from mounttest import *

fd = os.open("new", TRUNC, 0o644)
os.write(fd, b"first ")
os.link("new", "second-name")
os.write(fd, b"second")
os.close(fd)
eq(read("new"), b"first second")
eq(read("second-name"), b"first second")
eq(os.stat("new").st_ino, os.stat("second-name").st_ino)
eq(os.stat("new").st_nlink, 2)
