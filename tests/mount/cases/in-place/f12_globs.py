# SPDX-License-Identifier: MIT
# about: F12: globs match names and paths, ** too; the first match wins, ! excludes
# options: --in-place !a/keep.db --in-place *.db --in-place a/**/raw --in-place /top-?
from mounttest import *


def in_place(path):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    p = Peer()
    fd = p.put(path, b"begun")
    seen = os.path.exists(path)
    p.close(fd)
    eq(read(path), b"begun")
    return seen


want = {"x.db": True, "a/x.db": True, "a/b/c/x.db": True, "a/keep.db": False,
        "b/keep.db": True, "x.db2": False, "a/raw": True, "a/b/raw": True,
        "a/b/c/raw": True, "raw": False, "b/raw": False, "top-1": True,
        "d/top-1": False, "top-12": False, "y.log": True}
for path, place in want.items():
    eq(in_place(path), place, path)
