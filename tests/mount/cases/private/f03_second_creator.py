# SPDX-License-Identifier: MIT
# about: F3: a second creator of a pending new name gets EEXIST, all kinds of it
from mounttest import *

write("source", b"s")
os.mkdir("dir")
p = Peer()
fd = p.put("new", b"content")
for flags in (EXCL, EXCL | os.O_TRUNC, os.O_RDONLY | os.O_CREAT | os.O_EXCL):
    raises(errno.EEXIST, os.open, "new", flags)
raises(errno.EEXIST, os.mkdir, "new")
raises(errno.EEXIST, os.mkfifo, "new")
raises(errno.EEXIST, os.mknod, "new", stat.S_IFREG | 0o600)
raises(errno.EEXIST, os.symlink, "source", "new")
raises(errno.EEXIST, os.link, "source", "new")
raises(errno.EEXIST, renameat2, "source", "new", NOREPLACE)
raises(errno.EADDRINUSE, socket.socket(socket.AF_UNIX).bind, "new")
absent("new")
p.close(fd)
eq(read("new"), b"content")
eq(read("source"), b"s")
