# SPDX-License-Identifier: MIT
# about: F6: a pending version whose name was unlinked does not touch the new file
from mounttest import *

write("f", b"old")
p = Peer()
fd = p.put("f", b"from p")
os.unlink("f")
write("f", b"anew")
p.close(fd)
eq(read("f"), b"anew")

fd = p.put("g", b"first")
p(os.unlink, "g")
again = p.put("g", b"second")
p.close(fd)
absent("g")
p.close(again)
eq(read("g"), b"second")
