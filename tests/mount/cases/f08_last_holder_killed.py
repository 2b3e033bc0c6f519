# SPDX-License-Identifier: MIT
# about: F8: opener closes, the child that holds the descriptor last is killed: discarded
# quarantine: some
from f8 import *


def helper(fd):
    pid = os.fork()
    if pid == 0:
        os.write(fd, b" from child")
        while True:
            signal.pause()
    return pid


for i, end in enumerate(("close", "exit")):
    p, fd = start()
    child = p(helper, fd)
    wait_until(lambda: "State:\tS" in
               Path("/proc/%d/status" % child).read_text(), "child asleep")
    if end == "close":
        p.close(fd)
        eq(read("f"), b"old")
    else:
        p.exit(0)
    os.kill(child, signal.SIGKILL)
    discarded(content=b"partial from child", at=i)
    if end == "close":
        p.exit(0)
