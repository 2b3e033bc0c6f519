# SPDX-License-Identifier: MIT
# about: F11: on a disk without a free block each partial keeps its path and its reason
# backing: ext4 16m
# quarantine: some
# log: errors
from mounttest import *

N = 5
peers = [Peer() for _ in range(N)]
for i, p in enumerate(peers):
    fd = p.put("f%d" % i, b"half of %d" % i)
    p(os.fsync, fd)
    # It has its block by now; and it is not whole, since this came after.
    p(os.pwrite, fd, b"half of %d" % i, 0)


def fill_up():
    """From behind, to the last block, reserved ones and all."""
    fd = os.open(BACKING / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for size in (1 << 20, 65536, 4096, 1024):
        with contextlib.suppress(OSError):
            while True:
                os.write(fd, b"x" * size)
                os.fsync(fd)
    os.close(fd)


fill_up()
for p in peers:
    p.kill()
wait_until(lambda: len(partials()) == N, "the partials")
fill_up()
got = sorted(partials(), key=lambda e: e["path"])
eq([e["path"] for e in got], ["f%d" % i for i in range(N)])
eq([e["content"] for e in got], [b"half of %d" % i for i in range(N)])
for e in got:
    check("SIGKILL" in e["why"], e["why"])
# When there is room again, there is for the next time, too.
os.unlink(BACKING / "filler")
p = Peer()
p.put("g", b"half")
p.kill()
wait_until(lambda: len(partials()) == N + 1, "one more")
eq(len(list((BACKING / ".idemfs/partial").glob("spare.*"))), 8)
