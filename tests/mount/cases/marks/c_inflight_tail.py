# SPDX-License-Identifier: MIT
# about: C1: tail -f follows a file that is being written by .checkpoints/.inflight
# needs: tail
from mounttest import *

w = Peer()
fd = w.put("out.csv", b"1\n")
tail = subprocess.Popen(["tail", "-f", "-s", "0.05", "-n", "+1",
                         ".checkpoints/.inflight/out.csv"],
                        stdout=subprocess.PIPE)
eq(tail.stdout.readline(), b"1\n", "what was there")
for i in range(2, 6):
    w(os.write, fd, b"%d\n" % i)
    eq(tail.stdout.readline(), b"%d\n" % i, "as it grows")
w(os.write, fd, b"end\n")
w.close(fd)
eq(tail.stdout.readline(), b"end\n", "to its end")
tail.kill()
tail.wait()
