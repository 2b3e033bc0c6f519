# SPDX-License-Identifier: MIT
# about: F3: the opener may rename what it has not closed yet
# native: yes
from mounttest import *

for old in (None, b"old"):
    if old:
        write("to", old)
        write("from", old)
    fd = os.open("from", TRUNC, 0o644)
    os.write(fd, b"first ")
    os.rename("from", "to")
    os.write(fd, b"second")
    eq(os.fstat(fd).st_size, 12)
    os.close(fd)
    absent("from")
    eq(read("to"), b"first second")
    os.unlink("to")
