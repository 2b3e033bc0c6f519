# SPDX-License-Identifier: MIT
# about: C4, C6: marks that 16 processes make at the same moment are each complete
# options: --open-wait 60
# options: --threads 1 --open-wait 60
from manifest import *

N = 16
for turn in range(2):
    peers = [Peer() for _ in range(N)]
    for i, p in enumerate(peers):
        p(write, "out.%d.%d" % (turn, i), b"%d %d" % (turn, i))
    for i, p in enumerate(peers):
        p.send(write, ".checkpoints/%d.%d.done" % (turn, i), b"")
    for p in peers:
        p.result()
    told = [Manifest("%d.%d.done" % (turn, i)) for i in range(N)]
    outputs = sorted("out.%d.%d" % (turn, i) for i in range(N))
    # The first tells all; so does one that began before the first was there.
    eq(sorted({p for m in told for p in m.paths("file")}), outputs)
    for m in told:
        check(m.paths("file") in (outputs, []), m.paths("file"))
    for i in range(N):
        checked("%d.%d.done" % (turn, i))
    for p in peers:
        p.exit()
