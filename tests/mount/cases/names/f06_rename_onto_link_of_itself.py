# SPDX-License-Identifier: MIT
# about: F6: rename of a name onto another link of the same file does nothing
# native: yes
from mounttest import *

write("f", b"x")
os.link("f", "g")
os.rename("f", "g")
eq(read("f"), b"x")
eq(read("g"), b"x")
eq(os.stat("f").st_nlink, 2)
os.rename("f", "f")
eq(read("f"), b"x")
