# SPDX-License-Identifier: MIT
# about: F2: what a promotion changes in any inode is seen by the first stat after close
# options: --threads 1
# options: --threads 4
# options: --cache 60
from mounttest import *


def same(path, text):
    here, there = os.stat(path), os.stat(BACKING / path)
    eq((here.st_ctime_ns, here.st_mtime_ns, here.st_nlink),
       (there.st_ctime_ns, there.st_mtime_ns, there.st_nlink), text)


def look(*paths):
    for path in paths:
        os.stat(path)


os.mkdir("d")
write("d/f", b"0")
for i in range(50):
    # The directory's ctime.
    look("d", ".")
    write("d/f", b"%d" % i)
    same("d", "directory")
    look("d")
    write("d/f", b"+", APPEND)
    same("d", "directory of an append")
    look("d")
    os.truncate("d/f", 1)
    same("d", "directory of a truncation")
    # The other names of what is replaced, and descriptors of it.
    link = "d/l%d" % i
    os.link("d/f", link)
    fd = os.open("d/f", os.O_RDONLY)
    look(link, "d/f")
    os.fstat(fd)
    write("d/f", b"new %d" % i)
    eq(os.stat(link).st_nlink, 1)
    same(link, "other name")
    eq(os.fstat(fd).st_nlink, 1, "open file")
    os.unlink(link)
    eq(os.fstat(fd).st_nlink, 0, "open file without a name")
    os.close(fd)
    # A reader of what its own process has written.
    fd = os.open("d/f", TRUNC)
    own = os.open("d/f", os.O_RDONLY)
    os.write(fd, b"own")
    os.fstat(own)
    os.close(fd)
    eq(os.fstat(own).st_ctime_ns, os.stat(BACKING / "d/f").st_ctime_ns,
       "reader of its own file")
    os.close(own)
    # A name that is closed once, by a child, and written on.
    look("d")
    sh("{ (:); echo more; } > d/f")
    same("d", "directory of what a shell wrote")

# What tar compares.
os.mkdir("r")
for i in range(30):
    sh("for i in 1 2; do echo $i > r/o; done; tar czf r.tgz r")
