# SPDX-License-Identifier: MIT
# about: F12: what people follow, and stores that keep a journal of their own, are in place by default
from mounttest import *

IN_PLACE = ["x.log", "d/y.log", "run.pid", ".f.swp", "d/.f.c.swo", ".hg/a",
            "d/.hg/store/data/b.i", ".svn/wc", ".ninja_log", "d/.ninja_deps",
            "db/MANIFEST-000002"]
ATOMIC = ["x.logs", "pid", "f.swp", ".f.swap", "hg/a", ".hgx/a", "package.lock",
          ".svnignore", "ninja_log", "MANIFEST", "MANIFEST-1", "db/CURRENT",
          "x.joblog", "a.part"]

for path in IN_PLACE + ATOMIC:
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
for path in IN_PLACE:
    p = Peer()
    p.put(path, b"begun")
    eq(read(path), b"begun", path)
    p.kill()
    eq(read(path), b"begun", path)
for path in ATOMIC:
    p = Peer()
    fd = p.put(path, b"begun")
    absent(path)
    p.close(fd)
    eq(read(path), b"begun", path)
no_partial()
status = idemfs("status", MNT)
for rule in ("in-place *.log", "in-place .hg/", "resumable *.part"):
    check(rule in status, rule)
