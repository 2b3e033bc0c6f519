# SPDX-License-Identifier: MIT
# about: F13, F14: waiting for a lock keeps nobody from unmounting
# mount: no
from mounttest import *
import fcntl

idemfs("mount", "--drain", "0", BACKING, MNT)
os.chdir(MNT)
write("f", b"x")
p, q = Peer(), Peer()
a, b = p.open("f", os.O_RDONLY), q.open("f", os.O_RDONLY)
p(fcntl.flock, a, fcntl.LOCK_EX)
q.send(fcntl.flock, b, fcntl.LOCK_EX)
check(q.busy(), "no wait")
daemon = daemon_pid()
os.chdir(TMP)
os.kill(daemon, signal.SIGTERM)
try:
    q.result()
    fail("got a lock that another holds")
except OSError:
    pass
wait_until(lambda: not os.path.exists("/proc/%d" % daemon), "end of daemon")
p.exit()
q.exit()
