# SPDX-License-Identifier: MIT
# about: F7: a user from whom a file has been taken gives it no set-id bits, whatever the kernel remembers
# needs: root
# options: --allow-other --cache 60000
from mounttest import *
from users import *

GROUP = 4444
let_all_in()


def no_set_id(file):
    eq(oct(os.stat(file).st_mode & 0o6000), "0o0", str(file))


a = Peer()
a(be, A)

# Below the mount: the kernel goes on believing what it was told.
a(write, "f", b"of a")
a(os.stat, "f")
os.chown(BACKING / "f", 0, 0)
raises(errno.EPERM, a, os.chmod, "f", 0o4755)
no_set_id(BACKING / "f")
a(write, "g", b"of a")
a(os.stat, "g")
os.chown(BACKING / "g", -1, GROUP)
a(os.chmod, "g", 0o2755)
no_set_id(BACKING / "g")
a(write, "h", b"of a")
a(os.stat, "h")
os.chown(BACKING / "h", 0, 0)
acl = struct.pack("<IHHIHHIHHIHHIHHI", 2, 1, 7, 0xffffffff, 2, 7, A,
                  4, 5, 0xffffffff, 16, 7, 0xffffffff, 32, 5, 0xffffffff)
raises(errno.EPERM, a, os.setxattr, "h", "system.posix_acl_access", acl)
eq(os.listxattr(BACKING / "h"), [])

# What A has pending is given away along with the committed file.
a(write, "p", b"of a")
fd = a.put("p", b"evil", TRUNC)
a(os.fstat, fd)
os.chown("p", 0, 0)
raises(errno.EPERM, a, os.fchmod, fd, 0o4755)
a.close(fd)
no_set_id("p")
eq((read("p"), os.stat("p").st_uid), (b"evil", 0))
a.exit()
