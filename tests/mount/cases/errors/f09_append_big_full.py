# SPDX-License-Identifier: MIT
# about: F9: an append to a big file on a full disk tells the writer, or the next mark; the file is old or new
# backing: tmpfs 40m
# quarantine: some
# log: errors
from mounttest import *

OLD = pattern(9 << 20)
write("f", OLD)
p = Peer()
fd = p.put("f", b"tail", APPEND)
# Now there is neither room for the copy nor for the tail.
filler = os.open(BACKING / "filler", os.O_WRONLY | os.O_CREAT)
with contextlib.suppress(OSError):
    while True:
        os.write(filler, bytes(1 << 16))
with contextlib.suppress(OSError):
    while True:
        os.write(filler, b"x")
held = os.open("f", os.O_RDONLY)
p.close(fd)
eq(read("f"), OLD, "nobody may see half of it")
os.close(held)
raises(errno.EIO, Path(".checkpoints/a.done").touch)
wait_until(partials, "the tail in quarantine")
eq(partials()[0]["content"][-4:], b"tail")
check("first %d bytes" % len(OLD) in partials()[0]["why"], partials()[0])
os.close(filler)
os.unlink(BACKING / "filler")
p.close(p.put("f", b"more", APPEND))
eq(read("f"), OLD + b"more")
Path(".checkpoints/b.done").touch()
