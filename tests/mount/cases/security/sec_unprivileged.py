# SPDX-License-Identifier: MIT
# about: F9: a daemon that is not root says whose files it cannot keep, and refuses at open what it could not put in place
# needs: root fusermount3
# mount: no
from mounttest import *
from users import *

ME, OTHER = 65534, 3333
os.chmod(TMP, 0o711)
os.chown(BACKING, ME, ME)
os.chown(MNT, ME, ME)
os.chmod(BACKING, 0o777)


def file(path, mode, uid=OTHER):
    (BACKING / path).write_bytes(b"old")
    os.chown(BACKING / path, uid, uid)
    os.chmod(BACKING / path, mode)


file("theirs", 0o666)
file("suid", 0o6777)
file("closed", 0o644)
for d, mode, uid in (("locked", 0o755, OTHER), ("tmp", 0o1777, OTHER),
                     ("mytmp", 0o1777, ME)):
    os.mkdir(BACKING / d)
    os.chown(BACKING / d, uid, uid)
    os.chmod(BACKING / d, mode)
    file(d + "/f", 0o666)
file("tmp/mine", 0o600, ME)

p = Peer()
p(be, ME)
p(idemfs, "mount", "--in-place", "*.here", BACKING, MNT)
p(os.chdir, MNT)
# What the daemon may write it may overwrite, and status says whose it is then.
p(write, "theirs", b"new")
eq(p(read, "theirs"), b"new")
eq(p(os.stat, "theirs").st_uid, ME)
eq(p(status_json, MNT)["owners_lost"], 1)
p(write, "suid", b"new")
eq(oct(p(os.stat, "suid").st_mode), "0o100777")
p(write, "mytmp/f", b"new", UPDATE)
p(write, "tmp/mine", b"new")
eq(p(status_json, MNT)["owners_lost"], 3)
check("owners: cannot be kept" in p(idemfs, "status", MNT), "status")
check('cannot be given to user %d' % OTHER in
      (BACKING / ".idemfs/log").read_text(), "log")
# What it could not promote is refused at open, and left alone.
for path in ("closed", "locked/f", "tmp/f"):
    for flags in (TRUNC, UPDATE, APPEND):
        raises(errno.EACCES, p, os.open, path, flags)
    raises(errno.EACCES, p, os.truncate, path, 0)
    eq((BACKING / path).read_bytes(), b"old")
raises(errno.EACCES, p, os.open, "locked/new", TRUNC)
raises(errno.EPERM, p, os.unlink, "tmp/f")
# In place it can be written, as below.
file("locked/f.here", 0o666)
p(write, "locked/f.here", b"new")
eq(os.stat(BACKING / "locked/f.here").st_uid, OTHER)
# No other user gets in, root neither.
raises(errno.EACCES, os.listdir, MNT)
q = Peer()
q(be, OTHER)
raises(errno.EACCES, q, os.listdir, MNT)
p(os.chdir, "/")
p(idemfs, "umount", MNT)
for x in (p, q):
    x.exit()
no_partial()
