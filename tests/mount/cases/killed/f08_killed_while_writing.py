# SPDX-License-Identifier: MIT
# about: F8: killed in the middle of write calls, again and again, nothing torn is seen
# quarantine: some
# timeout: 300
from f8 import *
import random

rng = random.Random(8)
A, B = b"A" * 1_000_000, b"B" * 1_000_000


def forever(path):
    while True:
        for data in (A, B):
            write(path, data)


write("f", A)
for i in range(60):
    p = Peer()
    p.send(forever, "f")
    time.sleep(rng.uniform(0, 0.02))
    p.kill()
    got = read("f")
    check(got in (A, B), "torn: %d bytes" % len(got))
