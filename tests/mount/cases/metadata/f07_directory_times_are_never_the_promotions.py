# SPDX-License-Identifier: MIT
# about: F7: no stat shows the times that a directory has between a promotion's rename and the moment when they are put back
# options: --threads 4
# options: --threads 8 --cache 0
# native: yes
import threading

from mounttest import *

OLD = (10**18, 10**18 + 7)

os.mkdir("d")
for i in range(4):
    write("d/f%d" % i, b"one")
os.utime("d", ns=OLD)
end = threading.Event()
seen = set()


def look():
    while not end.is_set():
        fd = os.open("d", os.O_RDONLY)
        for st in (os.stat("d"), os.fstat(fd), os.stat("d/.")):
            seen.add(st.st_mtime_ns)
        os.close(fd)


watchers = [threading.Thread(target=look) for _ in range(2)]
for w in watchers:
    w.start()
for i in range(300):
    write("d/f%d" % (i % 4), b"two")
end.set()
for w in watchers:
    w.join()
eq(seen, {OLD[1]}, "what was seen of the directory's time")
