# SPDX-License-Identifier: MIT
# about: F13: names of any bytes but slash and NUL
# native: yes
from mounttest import *

odd = [b" ", b"\n", b"\xff\xfe", b"a\tb", b"-n", b"*", b"...", b".hidden",
       b"\\", b"a\\x20b", b"\x01", b"~", b"#x#", b".idemfs2", b"idemfs"]
for name in odd:
    write(name, b"of " + name)
    write(name, b"again " + name)
    eq(read(name), b"again " + name)
listed = os.listdir(b".")
for name in odd:
    check(name in listed, "%r is not listed" % name)
    os.unlink(name)
