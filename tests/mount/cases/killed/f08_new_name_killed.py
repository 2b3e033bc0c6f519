# SPDX-License-Identifier: MIT
# about: F8: a new name whose writer was killed stays absent, and may be made again
# quarantine: some
from f8 import *

p = Peer()
p.put("new", b"partial")
p.kill()
discarded("new", old=None)
check("new" not in names(), "listed")
write("new", b"second try")
eq(read("new"), b"second try")
q = Peer()
fd = q.open("new2", EXCL)
q(os.write, fd, b"partial")
q.kill()
write("new2", b"x", EXCL)
eq(read("new2"), b"x")
discarded("new2", old=b"x", at=1)
