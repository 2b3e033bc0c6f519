# SPDX-License-Identifier: MIT
# about: C3: a version that closes while the mark waits lets it through
# options: --open-wait 60
# options: --open-wait 60 --threads 1
from mounttest import *

p, q = Peer(), Peer()
fd = p.put("output", b"whole")
q.send(os.open, ".checkpoints/a.done", TRUNC)
check(q.busy(0.5), "the mark did not wait")
# The daemon goes on serving meanwhile.
write("other", b"x")
eq(read("other"), b"x")
p.close(fd)
mark = q.result()
check(os.path.exists(".checkpoints/a.done"), "mark")
eq((BACKING / "output").read_bytes(), b"whole")
q.close(mark)
