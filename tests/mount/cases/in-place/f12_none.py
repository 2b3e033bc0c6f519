# SPDX-License-Identifier: MIT
# about: F12: --in-place none drops the rule for *.log
# options: --in-place none
from mounttest import *

write("x.log", b"old")
p = Peer()
fd = p.put("x.log", b"new")
eq(read("x.log"), b"old")
p.close(fd)
eq(read("x.log"), b"new")
