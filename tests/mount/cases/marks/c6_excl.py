# SPDX-License-Identifier: MIT
# about: C6: of many that create one mark with O_EXCL one succeeds
from mounttest import *

peers = [Peer() for _ in range(6)]
for i in range(15):
    name = ".checkpoints/%d.done" % i
    for p in peers:
        p.send(os.open, name, EXCL)
    won = 0
    for p in peers:
        try:
            p.close(p.result())
            won += 1
        except OSError as e:
            eq(e.errno, errno.EEXIST)
    eq(won, 1, "winners")
