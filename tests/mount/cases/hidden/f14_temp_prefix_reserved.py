# SPDX-License-Identifier: MIT
# about: F14: the names that temps have next to other filesystems are not to be had
from mounttest import *

name = ".idemfs-tmp.x"
absent(name)
for fn, args in ((os.open, (TRUNC,)), (os.mkdir, ()), (os.mkfifo, ())):
    try:
        fn(name, *args)
    except OSError:
        continue
    fail("%s of %s worked" % (fn.__name__, name))
write("f", b"x")
try:
    os.rename("f", name)
    fail("renamed to " + name)
except OSError:
    pass
eq(read("f"), b"x")
check(name not in names(), "listed")
