# SPDX-License-Identifier: MIT
# about: F13: copy_file_range, sendfile and splice between files of the mount
# native: yes
from mounttest import *

data = pattern(3_000_000)
write("f", data)


def copied(name, how):
    src, dst = os.open("f", os.O_RDONLY), os.open(name, TRUNC)
    left = len(data)
    while left:
        n = how(src, dst, left)
        check(n > 0, "nothing copied")
        left -= n
    os.close(src)
    os.close(dst)
    check(read(name) == data, "content of " + name)


copied("a", os.copy_file_range)
copied("b", lambda s, d, n: os.sendfile(d, s, None, n))
r, w = os.pipe()


def spliced(s, d, n):
    got = os.splice(s, w, min(n, 65536))
    done = 0
    while done < got:
        done += os.splice(r, d, got - done)
    return got


copied("c", spliced)
# Ranges, within one file and from outside.
fd = os.open("a", os.O_RDWR)
eq(os.copy_file_range(fd, fd, 1000, 0, 2_000_000), 1000)
os.close(fd)
eq(read("a")[2_000_000:2_001_000], data[:1000])
outside = os.open(TMP / "outside", os.O_RDWR | os.O_CREAT)
os.write(outside, b"from outside")
fd = os.open("d", TRUNC)
try:
    n = os.copy_file_range(outside, fd, 12, 0)
    eq(n, 12)
except OSError as e:
    eq(e.errno, errno.EXDEV)
os.close(fd)
sh("cp --reflink=auto f e && cmp f e")
