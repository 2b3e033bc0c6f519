# SPDX-License-Identifier: MIT
# about: F13: symbolic links are made, read, followed and removed
# native: yes
from mounttest import *

os.symlink("target", "l")
eq(os.readlink("l"), "target")
raises(errno.ENOENT, os.stat, "l")
write("target", b"x")
eq(read("l"), b"x")
write("l", b"through")
eq(read("target"), b"through", "written through the link")
check(stat.S_ISLNK(os.lstat("l").st_mode), "still a link")
raises(errno.EEXIST, os.symlink, "other", "l")
raises(errno.ELOOP, os.open, "l", os.O_RDONLY | os.O_NOFOLLOW)
os.symlink("a" * 1000, "long")
eq(os.readlink("long"), "a" * 1000)
raises(errno.ENAMETOOLONG, os.symlink, "a" * 5000, "longer")
os.symlink("loop", "loop")
raises(errno.ELOOP, os.stat, "loop")
os.unlink("l")
eq(read("target"), b"through")
