# SPDX-License-Identifier: MIT
# about: F3: an open of a name just as it is created finds it absent or whole
# options: --cache 1
# options: --cache 0
from mounttest import *

NAME = "f"
TEXT = b"x" * 30000
ROUNDS = 300 if os.environ.get("BRIEF") else 1200


def read_until(stop):
    count = 0
    while not os.path.exists(stop):
        with contextlib.suppress(FileNotFoundError):
            got = read(NAME)
            if got != TEXT:
                return "%d bytes" % len(got)
            count += 1
    return count


def truncate_until(stop):
    count = 0
    while not os.path.exists(stop):
        with contextlib.suppress(FileNotFoundError):
            fd = os.open(NAME, os.O_WRONLY | os.O_TRUNC)
            os.write(fd, TEXT)
            os.close(fd)
            count += 1
    return count


def create_and_unlink():
    for i in range(ROUNDS):
        fd = os.open(NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        os.write(fd, TEXT[:10000])
        os.write(fd, TEXT[10000:])
        os.close(fd)
        with contextlib.suppress(FileNotFoundError):
            eq(read(NAME), TEXT)
        os.unlink(NAME)


def rounds(*others):
    stop = str(TMP / "stop")
    peers = [Peer() for _ in others]
    for p, other in zip(peers, others):
        p.send(other, stop)
    # Not by ourselves: the others come from us.
    creator = Peer()
    creator(create_and_unlink)
    creator.exit()
    Path(stop).touch()
    for p in peers:
        got = p.result()
        check(isinstance(got, int), "an open found %s" % got)
        p.exit()
    os.unlink(stop)


rounds(read_until, read_until)
rounds(read_until, truncate_until)
