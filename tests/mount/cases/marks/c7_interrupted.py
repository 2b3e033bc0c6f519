# SPDX-License-Identifier: MIT
# about: C7: an interrupted barrier answers EINTR and makes no mark
# options: --open-wait 60
# options: --open-wait 60 --threads 1
# log: errors
from mounttest import *


def interruptible():
    """open(2) of a mark; SIGINT has a handler that does not restart."""
    libc.signal.restype = ctypes.c_void_p
    libc.siginterrupt(signal.SIGINT, 1)
    fd = libc.open(b".checkpoints/a.done", TRUNC, 0o644)
    return fd, ctypes.get_errno()


def arm():
    signal.signal(signal.SIGINT, lambda *_: None)


p, q = Peer(), Peer()
fd = p.put("output", b"x")
q(arm)
q.send(interruptible)
check(q.busy(0.5), "the mark did not wait")
os.kill(q.pid, signal.SIGINT)
eq(q.result(), (-1, errno.EINTR))
absent(".checkpoints/a.done")
eq(os.listdir(".checkpoints"), [])

# Ctrl-C on touch kills it, and no mark appears, then or later.
t = subprocess.Popen(["touch", ".checkpoints/b.done"])
time.sleep(0.3)
eq(t.poll(), None, "touch did not wait")
t.send_signal(signal.SIGINT)
eq(t.wait(), -signal.SIGINT)
absent(".checkpoints/b.done")
p.close(fd)
absent(".checkpoints/b.done")
Path(".checkpoints/c.done").touch()
eq(os.listdir(".checkpoints"), ["c.done"])
