# SPDX-License-Identifier: MIT
# about: F14: a version closed just before umount(2) is promoted, every time
# mount: no
# needs: root
from mounttest import *

for i in range(60):
    idemfs("mount", "--threads", str(i % 3 + 1), BACKING, MNT)
    data = b"round %d" % i
    fds = [os.open(MNT / ("f%d" % n), TRUNC) for n in range(5)]
    for fd in fds:
        os.write(fd, data)
    for fd in fds:
        os.close(fd)
    sys_result(libc.umount2(os.fsencode(MNT), 0))
    # The daemon lets go of the lock when it is done.
    wait_until(lambda: subprocess.run(
        ["flock", "-n", BACKING / ".idemfs/lock", "true"],
        check=False).returncode == 0, "the end of the daemon")
    for n in range(5):
        eq((BACKING / ("f%d" % n)).read_bytes(), data, "f%d" % n)
    no_partial()
