# SPDX-License-Identifier: MIT
# about: F13: telldir and seekdir find their place again while names come and go
# native: yes
from mounttest import *

STAY, GO = 400, 200


class Dirent(ctypes.Structure):
    _fields_ = [("ino", ctypes.c_uint64), ("off", ctypes.c_int64),
                ("reclen", ctypes.c_uint16), ("type", ctypes.c_uint8),
                ("name", ctypes.c_char * 256)]


libc.opendir.restype = ctypes.c_void_p
libc.readdir64.argtypes = (ctypes.c_void_p,)
libc.readdir64.restype = ctypes.POINTER(Dirent)
libc.telldir.argtypes = libc.closedir.argtypes = (ctypes.c_void_p,)
libc.telldir.restype = ctypes.c_long
libc.seekdir.argtypes = (ctypes.c_void_p, ctypes.c_long)
libc.rewinddir.argtypes = (ctypes.c_void_p,)


def listed(d, most=None):
    """The next names, each with the place behind it."""
    got = []
    while most is None or len(got) < most:
        e = libc.readdir64(d)
        if not e:
            break
        got.append((e.contents.name.decode(), libc.telldir(d)))
    return got


def staying(entries):
    return [n for n, _ in entries if n.startswith("stay")]


os.mkdir("d")
for i in range(STAY):
    write("d/stay%03d" % i, b"")
for i in range(GO):
    write("d/go%03d" % i, b"")
d = libc.opendir(b"d")
check(d, "opendir")
head = listed(d, 150)
place = head[-1][1]
tail = listed(d)
eq(sorted(staying(head + tail)), ["stay%03d" % i for i in range(STAY)])

for i in range(GO):
    os.unlink("d/go%03d" % i)
    write("d/new%03d" % i, b"")
    os.rename("d/new%03d" % i, "d/moved%03d" % (i % 7))
for where in (place, tail[60][1], place):
    libc.seekdir(d, where)
    eq(libc.telldir(d), where, "telldir after seekdir")
    rest = staying(listed(d))
    eq(rest, staying(tail[61:] if where != place else tail))

# From the beginning: as it is now.
libc.rewinddir(d)
now = [n for n, _ in listed(d)]
eq(sorted(now), sorted([".", ".."] + os.listdir("d")))
check(not any(n.startswith("go") for n in now), "what has gone is listed")
libc.closedir(d)
