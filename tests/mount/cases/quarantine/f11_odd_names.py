# SPDX-License-Identifier: MIT
# about: F11: records keep names of any bytes, and restore finds them
# quarantine: some
from mounttest import *

odd = [b"line\nbreak", b" leading", b"trailing ", b"back\\slash", b"\xff\xfe",
       b"n" * 255, "\u4e2d\u6587".encode(), b"-dash", b"tab\t"]
for n in odd:
    p = Peer()
    p.put(n, b"of " + n)
    p.kill()
wait_until(lambda: len(partials()) == len(odd), "all partials")
eq(len([line for line in idemfs("partial", "list", MNT).splitlines()
        if "SIGKILL" in line]), len(odd), "one line each")
for e in partials():
    idemfs("partial", "restore", MNT, e["id"])
for n in odd:
    eq(read(n), b"of " + n)
