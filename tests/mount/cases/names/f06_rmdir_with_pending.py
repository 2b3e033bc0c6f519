# SPDX-License-Identifier: MIT
# about: F6: rmdir of a directory with pending names is ENOTEMPTY
from mounttest import *

os.mkdir("d")
os.mkdir("e")
p = Peer()
fd = p.put("d/f", b"content")
eq(names("d"), [])
raises(errno.ENOTEMPTY, os.rmdir, "d")
raises(errno.ENOTEMPTY, p, os.rmdir, "d")
raises((errno.ENOTEMPTY, errno.EEXIST), os.rename, "e", "d")
p.close(fd)
eq(read("d/f"), b"content")
raises(errno.ENOTEMPTY, os.rmdir, "d")
os.unlink("d/f")
os.rmdir("d")

os.mkdir("d")
fd = p.put("d/f", b"content")
p(os.unlink, "d/f")
os.rmdir("d")
p.close(fd)
absent("d")
