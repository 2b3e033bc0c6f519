# SPDX-License-Identifier: MIT
# about: F2: processes that are stopped, or killed, in the middle of anything hold up no other
# options: --threads 2 --open-wait 1
# quarantine: some
# timeout: 240
from mounttest import *
import random

seed = int.from_bytes(os.urandom(4), "little")
print("seed", seed)
rng = random.Random(seed)
for i in range(3):
    write("f%d" % i, b"x")


def churn():
    r = random.Random(os.getpid())
    while True:
        name = "f%d" % r.randrange(3)
        how = r.randrange(6)
        try:
            if how == 0:
                write(name, b"y" * r.randrange(100000))
            elif how == 1:
                write(name, b"z", os.O_RDWR)
            elif how == 2:
                write(name, b"a", APPEND)
            elif how == 3:
                read(name)
            elif how == 4:
                os.truncate(name, 3)
            else:
                os.stat(name)
        except FileNotFoundError:
            pass


victims = [Peer() for _ in range(6)]
for v in victims:
    v.send(churn)
for i in range(60 if os.environ.get("BRIEF") else 150):
    v = rng.choice(victims)
    os.kill(v.pid, signal.SIGSTOP)
    # All others go on, at the very names that it was about to touch.
    for k in range(3):
        read("f%d" % k)
        write("f%d" % k, b"ours %d" % i)
        write("f%d" % k, b"!", APPEND)
    write("mine", b"%d" % i)
    eq(read("mine"), b"%d" % i)
    if i % 10 == 0:
        try:
            os.close(os.open(".checkpoints/m%d" % i, TRUNC))
        except OSError as e:
            eq(e.errno, errno.EBUSY, "mark")
    if i % 15 == 7:
        os.kill(v.pid, signal.SIGKILL)
        v.wait()
        victims.remove(v)
        victims.append(Peer())
        victims[-1].send(churn)
    else:
        os.kill(v.pid, signal.SIGCONT)
for v in victims:
    v.kill()
write("f0", b"end")
eq(read("f0"), b"end")
os.close(os.open(".checkpoints/end", TRUNC))
