# SPDX-License-Identifier: MIT
# about: F13: a CREATE that meets a FIFO, or a directory, made behind the mount leaves nothing open in the daemon
# options: --cache 60
from mounttest import *

MANY = 50


def descriptors():
    return len(os.listdir("/proc/%d/fd" % daemon_pid()))


def meet(name, make):
    """The kernel believes that it is absent, and asks for a CREATE."""
    absent(name)
    make(BACKING / name)
    try:
        os.close(os.open(name, os.O_RDONLY | os.O_CREAT | os.O_NONBLOCK))
    except OSError as e:
        eq(e.errno in (errno.ESTALE, errno.EISDIR), True, str(e))


meet("first", os.mkfifo)
before = descriptors()
for i in range(MANY):
    meet("fifo%d" % i, os.mkfifo)
    meet("dir%d" % i, os.mkdir)
wait_until(lambda: descriptors() < before + MANY // 2, "the descriptors")
for i in range(MANY):
    check(stat.S_ISFIFO(os.stat("fifo%d" % i).st_mode), "no FIFO any more")
