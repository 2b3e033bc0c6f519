# SPDX-License-Identifier: MIT
# about: F6: overwriting one name of a linked file breaks that link, as rename does
from mounttest import *

write("f", b"old")
os.link("f", "h")
p = Peer()
fd = p.put("f", b"new")
eq(os.stat("h").st_nlink, 2)
p.close(fd)
eq(read("f"), b"new")
eq(read("h"), b"old")
eq(os.stat("f").st_nlink, 1)
eq(os.stat("h").st_nlink, 1)

fd = p.put("f", b"newer")
os.link("f", "k")
eq(read("k"), b"new")
p.close(fd)
eq(read("f"), b"newer")
eq(read("k"), b"new")
