# SPDX-License-Identifier: MIT
# about: F6: what another unlinks while it is pending does not come back
from mounttest import *

write("f", b"old")
p = Peer()
fd = p.put("f", b"new")
os.unlink("f")
absent("f")
p(write_all, fd, b" more")
eq(p(os.fstat, fd).st_size, 8)
p.close(fd)
absent("f")
check("f" not in names(), "listed")

write("f", b"old")
fd = p.put("f", b"new", os.O_WRONLY | os.O_APPEND)
os.unlink("f")
p.close(fd)
absent("f")
