# SPDX-License-Identifier: MIT
# about: F14: the daemon killed among appends to a big file: whole lines only, and each that was closed is there
# mount: no
# quarantine: some
# log: errors
from mounttest import *
import random

rng = random.Random(6)
START = pattern((8 << 20) + 13, 3)
SIZE = 6000


def line(i):
    return b"%07d" % i * (SIZE // 7) + b"\n" * (SIZE % 7)


def appender(first):
    """Appends until the mount is dead; how many closes have returned."""
    i = first
    try:
        while True:
            fd = os.open(MNT / "f", os.O_WRONLY | os.O_APPEND)
            try:
                os.write(fd, line(i))
            finally:
                os.close(fd)
            i += 1
    except OSError:
        return i


(BACKING / "f").write_bytes(START)
done = 0
for _ in range(6):
    idemfs("mount", BACKING, MNT)
    pid = daemon_pid()
    data = (BACKING / "f").read_bytes()
    eq(data[:len(START)], START)
    rest = data[len(START):]
    eq(len(rest) % SIZE, 0, "half a line")
    n = len(rest) // SIZE
    # The last close may have returned before its promotion.
    check(done - 1 <= n <= done + 1, "%d lines of %d" % (n, done))
    eq(rest, b"".join(line(i) for i in range(n)))
    p = Peer()
    p.send(appender, n)
    time.sleep(rng.uniform(0.02, 0.2))
    os.kill(pid, signal.SIGKILL)
    done = p.result()
    p.exit()
with mounted():
    eq(len(read(MNT / "f")) % SIZE, len(START) % SIZE)
    eq(temps(), [])
