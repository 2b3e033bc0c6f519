# SPDX-License-Identifier: MIT
# about: F14: a mark that waits when the mount is told to end is made when the writer closes in time, and else fails
# mount: no
# quarantine: some
# log: errors
from mounttest import *


def begin(drain):
    daemon = subprocess.Popen(
        [IDEMFS, "mount", "-f", "--drain", drain, "--open-wait", "1h",
         BACKING, MNT], stderr=subprocess.DEVNULL)
    wait_until(lambda: os.path.ismount(MNT), "the mount")
    os.chdir(MNT)
    p, q = Peer(), Peer()
    fd = p.put("f", b"whole")
    q.send(Path.touch, Path(".checkpoints/%s.done" % drain))
    check(q.busy(), "the mark did not wait")
    os.chdir(TMP)
    daemon.send_signal(signal.SIGTERM)
    return daemon, p, q, fd


daemon, p, q, fd = begin("1h")
wait_until(lambda: not os.path.ismount(MNT), "unmounted")
check(q.busy(), "the mark did not wait for the writer")
p.close(fd)
q.result()
for peer in (p, q):
    peer.exit()
eq(daemon.wait(), 0)
eq(names(BACKING / ".idemfs/marks"), ["1h.done"])
eq(read(BACKING / "f"), b"whole")
idemfs("verify", "--full", BACKING)

daemon, p, q, fd = begin("0.1")
try:
    q.result()
    fail("a mark was made of what is in quarantine")
except OSError as e:
    check(e.errno in (errno.EBUSY, errno.EIO, errno.ENOTCONN,
                      errno.ECONNABORTED), e)
# The writer still has its file open: else it would be closed in time.
eq(daemon.wait(), 1)
for peer in (p, q):
    peer.exit()
eq(names(BACKING / ".idemfs/marks"), ["1h.done"])
one_partial("f", b"whole")
eq(temps(), [])
