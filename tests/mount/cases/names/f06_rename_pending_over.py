# SPDX-License-Identifier: MIT
# about: F6: a pending name renamed over a committed one replaces it at the close
from mounttest import *

write("to", b"old")
p = Peer()
fd = p.put("from", b"half ")
p(os.rename, "from", "to")
eq(read("to"), b"old", "others see the old one until the close")
p(write_all, fd, b"whole")
p.close(fd)
eq(read("to"), b"half whole")
absent("from")
