# SPDX-License-Identifier: MIT
# about: C3: a version whose writer dies while a mark waits does not hold it
# options: --open-wait 60
# quarantine: some
from mounttest import *

p, q = Peer(), Peer()
p.put("output", b"half")
q.send(os.open, ".checkpoints/a.done", TRUNC)
check(q.busy(0.3), "the mark did not wait")
p.kill()
q.result()
check(os.path.exists(".checkpoints/a.done"), "mark")
absent("output")
