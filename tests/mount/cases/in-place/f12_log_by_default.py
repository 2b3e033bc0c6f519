# SPDX-License-Identifier: MIT
# about: F12: *.log is written in place by default: readers see it grow
from mounttest import *

os.mkdir("d")
for name in ("x.log", "d/y.log"):
    write(name, b"old\n")
    inode = os.stat(name).st_ino
    p = Peer()
    fd = p.put(name, b"one\n", APPEND)
    eq(read(name), b"old\none\n", "before the close")
    r = os.open(name, os.O_RDONLY)
    p(os.write, fd, b"two\n")
    eq(os.read(r, 100), b"old\none\ntwo\n", "followed by descriptor")
    p.kill()
    eq(read(name), b"old\none\ntwo\n", "killed, as without idemfs")
    eq(os.stat(name).st_ino, inode)
    os.close(r)
    p = Peer()
    fd = p.put(name, b"n", TRUNC)
    eq(read(name), b"n", "truncated in place")
    p.close(fd)
p = Peer()
fd = p.put("new.log", b"begun")
eq(read("new.log"), b"begun")
check("new.log" in names(), "listed at once")
no_partial()
