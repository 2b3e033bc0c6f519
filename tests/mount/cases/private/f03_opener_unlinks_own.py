# SPDX-License-Identifier: MIT
# about: F3: the opener may unlink what it has open; it never comes back
# native: yes
from mounttest import *

write("old", b"x")
for name in ("new", "old"):
    fd = os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
    os.write(fd, b"scratch")
    os.unlink(name)
    absent(name)
    os.write(fd, b" space")
    eq(os.pread(fd, 100, 0), b"scratch space")
    eq(os.fstat(fd).st_nlink, 0)
    os.close(fd)
    absent(name)
    check(name not in names(), "listed")
