# SPDX-License-Identifier: MIT
# about: F2: a close of what was reopened by /proc/self/fd is seen at once, whatever is cached
# options: --cache 60
# options: --cache 60 --threads 1
from mounttest import *

p, q = Peer(), Peer()
os.mkdir("d")
for path in ("f", "d/f"):
    write(path, b"old")
    old = b"old"
    for i in range(20):
        data = b"new %d" % i
        q(os.stat, path)
        eq(q(read, path), old)
        fd = p.open(path, os.O_RDONLY)
        again = "/proc/self/fd/%d" % fd
        if i % 2:
            p(os.truncate, again, 2)
            data = old[:2]
        else:
            w = p.put(again, data, os.O_WRONLY | os.O_TRUNC)
            eq(q(read, path), old, "before it is closed")
            p.close(w)
        eq(q(read, path), data)
        eq(q(os.stat, path).st_size, len(data))
        eq(p(os.pread, fd, 100, 0), old, "the old descriptor")
        p.close(fd)
        old = data
p.exit()
q.exit()
