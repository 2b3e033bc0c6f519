# SPDX-License-Identifier: MIT
# about: C4: what was hashed as it was written is not read for the mark; what passed through is read once, and never again for later marks
# options: --passthrough off
# options: --passthrough auto
from manifest import *

SIZE = 16 << 20
ROOM = 4 << 20  # marks, manifests, and what the kernel asks


def bytes_read():
    text = Path("/proc/%d/io" % DAEMON).read_text()
    return int(dict(line.split(": ") for line in text.splitlines())["rchar"])


begun = bytes_read()
write("f", pattern(SIZE))
closed = bytes_read()
write(".checkpoints/a.done", b"")
told = bytes_read()
if "off" in OPTIONS:
    # It came in order, through the daemon.
    check(told - closed < ROOM, "%d bytes are read again" % (told - closed))
check(told - begun < SIZE + ROOM, "%d bytes for %d" % (told - begun, SIZE))
eq(Manifest("a.done").of["f"].size, SIZE)
os.rename("f", "g")
os.utime("g", (5, 5))
write(".checkpoints/b.done", b"")
check(bytes_read() - told < ROOM, "it is read again after a rename")
eq(Manifest("b.done").of["g"].digest, Manifest("a.done").of["f"].digest)
