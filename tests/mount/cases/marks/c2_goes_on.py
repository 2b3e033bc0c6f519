# SPDX-License-Identifier: MIT
# about: C2: while a barrier waits, everything else in the mount goes on
# options: --open-wait 60
# options: --open-wait 60 --threads 1
from manifest import *

writer, marker = Peer(), Peer()
fd = writer.put("slow", b"x")
marker.send(write, ".checkpoints/a.done", b"")
check(marker.busy(0.5), "the mark did not wait")
for i in range(50):
    write("f%d" % i, b"%d" % i)
    eq(read("f%d" % i), b"%d" % i)
    os.rename("f%d" % i, "g%d" % i)
os.mkdir("d")
eq(len(os.listdir(".")), 52)  # with .checkpoints
os.remove("g0")
check(marker.busy(0), "the mark did not wait")
writer.close(fd)
marker.result()
eq(read("slow"), b"x")
m = Manifest("a.done")
check("slow" in m.paths("file"), m.records)
