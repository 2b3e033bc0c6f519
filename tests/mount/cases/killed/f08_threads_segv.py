# SPDX-License-Identifier: MIT
# about: F8: a program of many threads that is killed is not promoted (segv)
# quarantine: some
from f8 import *

for i in range(10):
    write("f", b"old")
    p = subprocess.Popen([HELPERS / "threads", "segv", "f"],
                         stdout=subprocess.PIPE)
    eq(p.stdout.read(6), b"ready\n")
    check(p.wait() < 0, "killed")
    discarded(content=b"content", at=i)
