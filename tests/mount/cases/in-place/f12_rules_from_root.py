# SPDX-License-Identifier: MIT
# about: F12: rules match paths from the mount's root, wherever the writer stands; the first that matches decides
# options: --in-place !/keep/** --in-place **/live/* --in-place cache/ --in-place /a/*.db --in-place !*.db --in-place *.d?
# mount: over
from mounttest import *

WANT = {
    # **/live/*: at any depth, one level below
    "live/x": True, "a/live/x": True, "a/b/live/x": True, "live/b/x": False,
    "alive/x": False,
    # !/keep/** comes first, and only at the root
    "keep/live/x": False, "keep/a/b.dx": False, "a/keep/live/x": True,
    # cache/: all that is below a directory of that name
    "cache/x": True, "cache/a/b/x": True, "a/cache/x": True, "caches/x": False,
    # /a/*.db before !*.db before *.d?
    "a/x.db": True, "x.db": False, "b/x.db": False, "b/a/x.db": False,
    "a/b/x.db": False, "x.dx": True, "b/c/x.dx": True, "x.dxx": False,
}


def in_place(path, cwd="."):
    """Is what a writer, who stands in @cwd, has written seen at once?"""
    p(os.chdir, MNT / cwd)
    fd = p.put(os.path.relpath(path, cwd), b"begun")
    seen = os.path.exists(MNT / path)
    p.close(fd)
    eq(read(MNT / path), b"begun")
    os.unlink(MNT / path)
    return seen


p = Peer()
for path in WANT:
    os.makedirs(MNT / os.path.dirname(path), exist_ok=True)
for path, want in WANT.items():
    for cwd in {".", os.path.dirname(path) or ".", "a/b"}:
        eq(in_place(path, cwd), want, "%s from %s" % (path, cwd))

# A directory takes its files under another rule.
os.makedirs(MNT / "dir")
check(not in_place("dir/x"), "before")
os.rename(MNT / "dir", MNT / "cache/dir")
check(in_place("cache/dir/x"), "its directory has moved under a rule")
os.rename(MNT / "cache/dir", MNT / "dir")
check(not in_place("dir/x"), "and back")
