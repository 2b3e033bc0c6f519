# SPDX-License-Identifier: MIT
# about: F14: the daemon killed at random among writers: no file is ever torn
# mount: no
# quarantine: some
# timeout: 600
from mounttest import *
import random

rng = random.Random(14)
A, B = b"A" * 100_000, b"B" * 100_000


def forever(folder):
    os.chdir(folder)
    i = 0
    while True:
        i += 1
        write("f%d" % (i % 10), (A, B)[i % 2])
        if i % 5 == 0:
            os.rename("f%d" % (i % 10), "g%d" % (i % 10))


def writer(folder):
    try:
        forever(folder)
    except OSError:
        os._exit(0)


for _ in range(15):
    idemfs("mount", BACKING, MNT)
    pid = daemon_pid()
    peers = [Peer() for _ in range(3)]
    for i, p in enumerate(peers):
        os.makedirs(MNT / str(i), exist_ok=True)
        p.send(writer, MNT / str(i))
    time.sleep(rng.uniform(0, 0.3))
    os.kill(pid, signal.SIGKILL)
    for p in peers:
        p.wait()
    for folder, _, files in os.walk(BACKING):
        if ".idemfs" in folder:
            continue
        for n in files:
            data = (Path(folder) / n).read_bytes()
            check(data in (A, B), "%s is torn: %d bytes" % (n, len(data)))
with mounted():
    eq(temps(), [])
    write(MNT / "after", b"works")
    eq(read(MNT / "after"), b"works")
