# SPDX-License-Identifier: MIT
# about: F13: names of 255 bytes work for everything; 256 are ENAMETOOLONG
# native: yes
from mounttest import *

n, m = "n" * 255, "\u00e4" * 127 + "x"
for name in (n, m):
    write(name, b"old")
    write(name, b"new")
    write(name, b"+", APPEND)
    eq(read(name), b"new+")
    check(name in names(), "listed")
    os.rename(name, name[:-1] + "y")
    os.link(name[:-1] + "y", name)
    os.unlink(name[:-1] + "y")
    os.setxattr(name, "user.a", b"1")
    os.unlink(name)
    os.mkdir(name)
    write(name + "/" + n, b"deep")
    eq(read(name + "/" + n), b"deep")
for call, args in ((os.stat, ()), (os.mkdir, ()), (os.open, (TRUNC,)),
                   (os.unlink, ()), (os.truncate, (0,))):
    raises(errno.ENAMETOOLONG, call, "n" * 256, *args)
raises(errno.ENAMETOOLONG, os.rename, n, "n" * 256)
raises(errno.ENAMETOOLONG, os.symlink, "x", "n" * 256)
