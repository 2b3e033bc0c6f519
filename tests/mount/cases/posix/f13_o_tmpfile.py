# SPDX-License-Identifier: MIT
# about: F13: O_TMPFILE has no name until linkat gives it one
# native: yes
from mounttest import *

os.mkdir("d")
before = names("d")
fd = os.open("d", os.O_TMPFILE | os.O_RDWR, 0o640)
os.write(fd, b"content")
eq(names("d"), before)
eq(os.fstat(fd).st_nlink, 0)
link_fd(fd, "d/f")
os.write(fd, b" more")
os.close(fd)
eq(read("d/f"), b"content more")
eq(os.stat("d/f").st_nlink, 1)
eq(stat.S_IMODE(os.stat("d/f").st_mode), 0o640)
fd = os.open("d", os.O_TMPFILE | os.O_RDWR, 0o600)
os.write(fd, b"gone")
raises(errno.EEXIST, link_fd, fd, "d/f")
os.close(fd)
eq(names("d"), ["f"])
fd = os.open("d", os.O_TMPFILE | os.O_RDWR | os.O_EXCL, 0o600)
raises(errno.ENOENT, link_fd, fd, "d/g")
os.close(fd)
