# SPDX-License-Identifier: MIT
# about: C8: idemfs verify --full shows how far it is on a terminal, and takes it away again; it says nothing of that elsewhere
# mount: no
import pty
import re

from mounttest import *

with mounted():
    for i in range(20):
        write(MNT / ("f%d" % i), pattern(100000, i))
    write(MNT / ".checkpoints/a.done", b"")

here, there = pty.openpty()
p = subprocess.Popen([IDEMFS, "verify", "--full", BACKING], stderr=there,
                     stdout=subprocess.PIPE, text=True)
os.close(there)
shown = b""
with contextlib.suppress(OSError):  # EIO: it is not open any more
    while data := os.read(here, 65536):
        shown += data
eq(p.stdout.read(), "20 paths of 1 mark: all hold\n")
eq(p.wait(), 0)
check(re.search(rb"\r\d+ of \d+ paths, .* of ", shown), shown)
check(shown.endswith(b"\r\x1b[K"), "taken away: %r" % shown[-50:])
got = subprocess.run([IDEMFS, "verify", "--full", BACKING], check=True,
                     stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
eq(got.stderr, b"")
