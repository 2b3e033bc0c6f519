# SPDX-License-Identifier: MIT
# about: C2: while a mark waits for a disk that has much to write, everything else in the mount goes on
# backing: ext4 200m
# options: --sync-interval 1h
from manifest import *

SIZE = 64 << 20
(BACKING / "below").write_bytes(pattern(SIZE))
write("big", pattern(SIZE, 2))
marker = Peer()
marker.send(write, ".checkpoints/a.done", b"")
rounds = 0
while rounds < 20 or marker.busy(0):
    name = "f%d" % (rounds % 50)
    write(name, b"%d" % rounds)
    eq(read(name), b"%d" % rounds)
    write(name, b"more", APPEND)
    os.rename(name, "g")
    check("g" in names() and name not in names(), "renamed")
    os.remove("g")
    os.stat("big")
    rounds += 1
marker.result()
check("big" in Manifest("a.done").paths("file"), "what it vouches for")
