# SPDX-License-Identifier: MIT
# about: F8: many writers that die at the same time, with others that close
# options: --threads 2
# options: --threads 8
# quarantine: some
from f8 import *

peers = [Peer() for _ in range(40)]
for i, p in enumerate(peers):
    p.put("f%d" % i, b"x" * i)
for p in peers[::2]:
    os.kill(p.pid, signal.SIGKILL)
for p in peers[1::2]:
    p.send(os._exit, 0)
for p in peers:
    p.wait()
eq(sorted(n for n in names() if n != ".checkpoints"),
   sorted("f%d" % i for i in range(1, 40, 2)))
for i in range(1, 40, 2):
    eq(read("f%d" % i), b"x" * i)
# Content of no bytes need not be kept.
wait_until(lambda: len([e for e in partials() if e["content"]]) == 19, "19 partials")
