# SPDX-License-Identifier: MIT
# about: F13: calls that a plain file does not know fail as they do elsewhere
# native: yes
from mounttest import *
import fcntl
import termios

write("f", b"x")
fd = os.open("f", os.O_RDONLY)
raises(errno.ENOTTY, fcntl.ioctl, fd, termios.TIOCGWINSZ, b"\0" * 8)
check(not os.isatty(fd), "isatty")
raises(errno.ENOTDIR, os.listdir, "f")
raises(errno.EINVAL, os.readlink, "f")
os.close(fd)
raises(errno.EBADF, os.close, fd)
with open("f", "rb") as f:
    eq(list(f), [b"x"])
os.posix_fadvise(os.open("f", os.O_RDONLY), 0, 0, os.POSIX_FADV_DONTNEED)
eq(os.path.realpath("f"), os.path.join(os.getcwd(), "f"))
