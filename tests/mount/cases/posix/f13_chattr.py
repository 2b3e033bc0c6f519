# SPDX-License-Identifier: MIT
# about: F13: lsattr and chattr, of files and directories
# native: yes
# needs: root chattr lsattr
from mounttest import *


def flags(path):
    return sh("lsattr -d '%s'" % path).split()[0].replace("-", "") \
        .replace("e", "")


write("f", b"x")
os.mkdir("d")
for path in ("f", "d"):
    eq(flags(path), "", path)
    run("chattr", "+dA", path)
    eq(sorted(flags(path)), ["A", "d"], path)
    run("chattr", "-A", path)
    eq(flags(path), "d", path)

run("chattr", "+i", "f")
raises(errno.EPERM, os.open, "f", TRUNC)
raises(errno.EPERM, os.unlink, "f")
run("chattr", "-i", "f")
write("f", b"new")
eq(read("f"), b"new")

# At once: nothing of the directory is remembered.
run("chattr", "+i", "d")
raises(errno.EPERM, os.open, "d/new", TRUNC)
run("chattr", "-i", "d")
write("d/new", b"new")

before = os.stat("f").st_ctime_ns
run("chattr", "+d", "f")
check(os.stat("f").st_ctime_ns > before, "the ctime moves")

# What else is asked of a terminal or a disk is not for files.
fd = os.open("f", os.O_RDONLY)
check(not os.isatty(fd), "a file is no terminal")
os.close(fd)
