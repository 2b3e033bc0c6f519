# SPDX-License-Identifier: MIT
# about: F3: the opener's process sees its own pending version by stat and open
# native: yes
from mounttest import *

write("f", b"old content")
for name in ("f", "new"):
    fd = os.open(name, TRUNC, 0o640)
    os.write(fd, b"mine")
    st = os.stat(name)
    eq(st.st_size, 4, "size of " + name)
    eq((st.st_ino, st.st_dev), (os.fstat(fd).st_ino, os.fstat(fd).st_dev))
    eq(read(name), b"mine")
    check(os.access(name, os.R_OK), "access")
    os.write(fd, b" more")
    eq(read(name), b"mine more")
    eq(os.stat(name).st_size, 9)
    os.ftruncate(fd, 2)
    eq(read(name), b"mi")
    os.truncate(name, 1)
    eq(os.fstat(fd).st_size, 1)
    os.close(fd)
    eq(read(name), b"m")
