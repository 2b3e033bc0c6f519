# SPDX-License-Identifier: MIT
# about: F8: opener closes, the child that holds the descriptor last is killed: discarded
# quarantine: some
from f8 import *

told = os.pipe()


def helper(fd):
    pid = os.fork()
    if pid == 0:
        os.write(fd, b" from child")
        os.write(told[1], b"x")
        while True:
            signal.pause()
    return pid


for i, end in enumerate(("close", "exit")):
    write("f", b"old")
    p = Peer(keep=True)
    fd = p.put("f", b"partial")
    child = p(helper, fd)
    os.read(told[0], 1)
    if end == "close":
        p.close(fd)
        eq(read("f"), b"old")
    else:
        p.exit(0)
    os.kill(child, signal.SIGKILL)
    discarded(content=b"partial from child", at=i)
    if end == "close":
        p.exit(0)
