# SPDX-License-Identifier: MIT
# about: F13, F14: holding a lock or waiting for it does not keep the mount from ending
# mount: no
# quarantine: some
from mounttest import *
import fcntl

for flags in (os.O_RDONLY, os.O_RDWR):
    idemfs("mount", "--drain", "0", BACKING, MNT)
    os.chdir(MNT)
    write("f", b"x")
    p, q, r = Peer(), Peer(), Peer()
    a, b, c = (x.open("f", flags) for x in (p, q, r))
    p(fcntl.flock, a, fcntl.LOCK_EX)
    if flags == os.O_RDWR:
        p(fcntl.lockf, a, fcntl.LOCK_EX)
        r.send(fcntl.lockf, c, fcntl.LOCK_EX)
    else:
        r.send(fcntl.flock, c, fcntl.LOCK_SH)
    q.send(fcntl.flock, b, fcntl.LOCK_EX)
    check(q.busy() and r.busy(), "no wait")
    daemon = daemon_pid()
    os.chdir(TMP)
    os.kill(daemon, signal.SIGTERM)
    for x in (q, r):
        try:
            x.result()
            fail("got a lock that another holds")
        except OSError:
            pass
    wait_until(lambda: not os.path.exists("/proc/%d" % daemon), "its end")
    for x in (p, q, r):
        x.exit()
