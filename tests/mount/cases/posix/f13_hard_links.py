# SPDX-License-Identifier: MIT
# about: F13: hard links count, share content and metadata, and may be removed
# native: yes
from mounttest import *

write("f", b"content")
os.mkdir("d")
os.link("f", "d/g")
a, b = os.stat("f"), os.stat("d/g")
eq((a.st_ino, a.st_nlink), (b.st_ino, 2))
os.chmod("d/g", 0o600)
eq(stat.S_IMODE(os.stat("f").st_mode), 0o600)
os.setxattr("f", "user.x", b"1")
eq(os.getxattr("d/g", "user.x"), b"1")
raises(errno.EEXIST, os.link, "f", "d/g")
raises(errno.ENOENT, os.link, "missing", "h")
raises(errno.EPERM, os.link, "d", "e")
os.unlink("f")
eq(os.stat("d/g").st_nlink, 1)
eq(read("d/g"), b"content")
os.symlink("d/g", "s")
os.link("s", "s2", follow_symlinks=False)
eq(os.readlink("s2"), "d/g")
