# SPDX-License-Identifier: MIT
# about: F9: a writer that closes after ENOSPC is not promoted; its next try is
# backing: tmpfs 8m
# quarantine: some
# log: errors
from mounttest import *

write("f", b"old")
filler = BACKING / "filler"
filler.write_bytes(b"x" * (6 << 20))
data = pattern(4 << 20)
fd = os.open("f", TRUNC)
done = 0
try:
    while done < len(data):
        done += os.write(fd, data[done:done + 65536])
except OSError as e:
    eq(e.errno, errno.ENOSPC)
check(done < len(data), "it fitted")
with contextlib.suppress(OSError):
    os.close(fd)  # may tell of it again
eq(read("f"), b"old", "closed after an error")
filler.unlink()
write("f", data)
eq(read("f"), data)
