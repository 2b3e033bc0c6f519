# SPDX-License-Identifier: MIT
# about: F14: umount, umount -l, fusermount3 -u and -uz settle what is closed; after a lazy one a writer can finish
# needs: fusermount3
# mount: no
from mounttest import *


def is_there(name, data):
    return (BACKING / name).exists() and read(BACKING / name) == data


ways = [("fusermount3", "-u"), ("fusermount3", "-u", "-z")]
if os.geteuid() == 0:
    ways += [("umount",), ("umount", "-l")]
for n, way in enumerate(ways):
    data = b"%d" % n
    daemon = subprocess.Popen([IDEMFS, "mount", "-f", BACKING, MNT])
    wait_until(lambda: os.path.ismount(MNT), "the mount")
    for i in range(20):
        write(MNT / ("f%d" % i), data)
    p = Peer()
    if len(way) > 1 and way[-1] != "-u":
        fd = p.put(MNT / "late", data)
    run(*way, MNT)
    check(not os.path.ismount(MNT), "mounted still")
    # The kernel waits for none of them: nothing waits for a RELEASE.
    wait_until(lambda: all(is_there("f%d" % i, data) for i in range(20)),
               "what was closed")
    if len(way) > 1 and way[-1] != "-u":
        eq(daemon.poll(), None, "gone before the writer")
        p(write_all, fd, b" and more")
        p.close(fd)
        data += b" and more"
    p.exit()
    eq(daemon.wait(), 0, "status after " + " ".join(way))
    if len(way) > 1 and way[-1] != "-u":
        eq(read(BACKING / "late"), data)
    eq(temps(), [])
