# SPDX-License-Identifier: MIT
"""What a tree is: all that a program may leave in it, but times."""

import fnmatch
import hashlib
import os
import stat


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


def xattrs(path):
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError as e:
        return {"xattrs": e.strerror}
    return {"xattr " + n: os.getxattr(path, n, follow_symlinks=False)
            for n in sorted(names)}


def describe(path, rel, volatile, first):
    """All about one file; @first: inode -> the first name it was met by."""
    st = os.lstat(path)
    seen = dict(type=stat.filemode(st.st_mode)[0],
                mode="%04o" % stat.S_IMODE(st.st_mode),
                owner="%d:%d" % (st.st_uid, st.st_gid))
    if not stat.S_ISDIR(st.st_mode):
        seen["links"] = st.st_nlink
        seen["same file as"] = first.setdefault(st.st_ino, rel)
    if stat.S_ISLNK(st.st_mode):
        seen["target"] = os.readlink(path)
    elif stat.S_ISREG(st.st_mode):
        if not any(fnmatch.fnmatch(rel, g) for g in volatile):
            seen["size"] = st.st_size
            seen["digest"] = digest(path)
    elif stat.S_ISBLK(st.st_mode) or stat.S_ISCHR(st.st_mode):
        seen["device"] = "%d:%d" % (os.major(st.st_rdev), os.minor(st.st_rdev))
    seen.update(xattrs(path))
    return seen


def snapshot(top, volatile=()):
    """path below @top: what it is, for all below @top."""
    tree, first = {}, {}
    for folder, dirs, files in os.walk(top):
        dirs.sort()
        for name in sorted(dirs + files):
            path = os.path.join(folder, name)
            rel = os.path.relpath(path, top)
            tree[rel] = describe(path, rel, volatile, first)
    return tree


def compare(want, got):
    """A line for each difference of two snapshots."""
    lines = ["%s: missing" % p for p in want if p not in got]
    lines += ["%s: should not be there" % p for p in got if p not in want]
    for path in want:
        if path not in got:
            continue
        a, b = want[path], got[path]
        for key in list(a) + [k for k in b if k not in a]:
            if a.get(key) != b.get(key):
                lines.append("%s: %s: %s, should be %s" %
                             (path, key, b.get(key), a.get(key)))
    return lines
