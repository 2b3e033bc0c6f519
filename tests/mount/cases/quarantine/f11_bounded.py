# SPDX-License-Identifier: MIT
# about: F11: quarantine is bounded by size, oldest first; the log tells what went
# options: --partial-keep 300K,1d --sync-interval 0
# quarantine: some
from mounttest import *


def logged(text):
    wait_until(lambda: text in read(BACKING / ".idemfs/log").decode(), text)


for i in range(5):
    p = Peer()
    p.put("f%d" % i, pattern(100_000, i))
    p.kill(signal.SIGKILL)
    logged("kept as partial %d" % (i + 1))
logged('"f0": partial 1 dropped')
logged('"f1": partial 2 dropped')
wait_until(lambda: not (BACKING / ".idemfs/partial/2.txt").exists(), "gone")
eq([p["path"] for p in partials()], ["f2", "f3", "f4"])
eq(partials()[-1]["content"], pattern(100_000, 4))
