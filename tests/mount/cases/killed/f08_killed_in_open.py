# SPDX-License-Identifier: MIT
# about: F8: a writer killed while it opens never leaves an empty file
# options: --threads 1
# options: --threads 8
# quarantine: some
# timeout: 300
from f8 import *
import random

rng = random.Random(88)


def forever(me):
    while True:
        for n in range(10):
            write("f%d" % n, b"content")
            write("new%d-%d" % (me, n), b"content")
            os.unlink("new%d-%d" % (me, n))


for n in range(10):
    write("f%d" % n, b"content")
for i in range(60):
    peers = [Peer() for _ in range(4)]
    for me, p in enumerate(peers):
        p.send(forever, me)
    time.sleep(rng.uniform(0, 0.03))
    for p in peers:
        os.kill(p.pid, signal.SIGKILL)
    for p in peers:
        p.wait()
    for name in names():
        if name != ".checkpoints":
            eq(read(name), b"content", "%s in round %d" % (name, i))
