# SPDX-License-Identifier: MIT
# about: F3: processes that come from the opener see its version by path; others see the committed file
# options:
# options: --passthrough off
# options: --threads 1
from mounttest import *

for path, old in (("f", b"old"), ("new", None)):
    if old:
        write(path, old)
    p = Peer()
    fd = p.put(path, b"pending")

    def seen_by_child(script, status=0):
        return p(sh, script, status)

    eq(seen_by_child("cat " + path), "pending")
    eq(seen_by_child("sh -c 'exec cat %s; :'" % path), "pending", "grandchild")
    eq(seen_by_child("stat -c %%s %s" % path), "7\n")
    check(path in seen_by_child("ls").split(), "listed")
    seen_by_child("printf ' more' >> %s; chmod 600 %s" % (path, path))
    eq(p(os.pread, p(os.open, path, os.O_RDONLY), 99, 0), b"pending more")
    # A process that does not come from it.
    if old:
        eq(read(path), old)
    else:
        absent(path)
        check(path not in names(), "listed")
    other = Peer()
    if old:
        eq(other(read, path), old)
    other.exit(0)
    # It truncates what its ancestor has open, as without idemfs.
    seen_by_child("printf short > " + path)
    p.close(fd)
    p.exit(0)
    eq(read(path), b"short")
    eq(os.stat(path).st_mode & 0o777, 0o600)

# A name that a child removes, or moves.
p = Peer()
fd = p.put("t", b"x")
p(sh, "rm -f t; test ! -e t")
p.close(fd)
absent("t")
fd = p.put("t", b"x")
p(sh, "mv t u; test ! -e t -a -e u")
absent("u")
p.close(fd)
eq(read("u"), b"x")
absent("t")
os.mkdir("d")
fd = p.put("d/t", b"x")
p(sh, "rm -rf d; test ! -e d")
p.close(fd)
absent("d")
# Others cannot.
fd = p.put("v", b"x")
raises(errno.ENOENT, os.unlink, "v")
raises(errno.ENOENT, os.rename, "v", "w")
p.close(fd)
eq(read("v"), b"x")
