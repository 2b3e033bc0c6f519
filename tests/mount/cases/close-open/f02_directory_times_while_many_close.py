# SPDX-License-Identifier: MIT
# about: F2: the times of a directory are those below once all have closed, whatever looked at it meanwhile
# options: --threads 8 --cache 60
import threading

from mounttest import *

ROUNDS, WRITERS = 150, 3
os.mkdir("d")
os.mkdir("d/e")
end = threading.Event()


def look():
    while not end.is_set():
        os.stat("d/e/.")
        os.scandir("d").close()


def make(i, folder):
    write("%s/f%d" % (folder, i), b"x")


watchers = [threading.Thread(target=look) for _ in range(2)]
for w in watchers:
    w.start()
for i in range(ROUNDS):
    ts = [
        threading.Thread(target=make, args=(i * WRITERS + k, folder))
        for k in range(WRITERS)
        for folder in ("d", "d/e")
    ]
    for t in ts:
        t.start()
    for t in ts:
        t.join()
    for folder in ("d", "d/e"):
        eq(os.stat(folder).st_mtime_ns, os.stat(BACKING / folder).st_mtime_ns, "%s, round %d" % (folder, i))
end.set()
for w in watchers:
    w.join()
