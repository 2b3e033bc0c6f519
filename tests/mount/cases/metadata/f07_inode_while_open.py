# SPDX-License-Identifier: MIT
# about: F7: a file that is open for update keeps its inode number until it is closed
# native: yes
from mounttest import *

for flags in (os.O_RDWR, os.O_WRONLY, os.O_RDWR | os.O_APPEND):
    write("f", b"content")
    inode = os.stat("f").st_ino
    fd = os.open("f", flags)
    eq(os.fstat(fd).st_ino, inode, "opened")
    os.write(fd, b"new")
    eq(os.fstat(fd).st_ino, inode, "written")
    eq(os.stat("f").st_ino, inode, "by name")
    other = os.open("f", os.O_RDWR)
    eq(os.fstat(other).st_ino, inode, "opened once more")
    os.close(other)
    os.rename("f", "g")
    eq(os.fstat(fd).st_ino, inode, "renamed")
    eq(os.stat("g").st_ino, inode, "by its new name")
    os.unlink("g")
    eq(os.fstat(fd).st_ino, inode, "unlinked")
    os.close(fd)
