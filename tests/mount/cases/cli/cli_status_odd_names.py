# SPDX-License-Identifier: MIT
# about: cli: status --json is valid JSON whatever names and commands there are
from mounttest import *

odd = [b"\n", b"\xff\xfe", b'"', b"\\", b"\x01\x1f", b"\t", "\u4e2d".encode(),
       b"n" * 255, b"<x>", b"%s%n"]
p = Peer()
fds = [p.put(n, b"x") for n in odd]
got = status_json()
eq(len(got["pending"]), len(odd))
text = idemfs("status", MNT)
check(len(text.splitlines()) < 60, "a name breaks lines")
for fd in fds:
    p.close(fd)
