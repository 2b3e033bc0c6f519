# SPDX-License-Identifier: MIT
# about: F7: what a rename leaves in the place of a name (RENAME_WHITEOUT) belongs to its caller
# needs: root
# options: --allow-other
# native: yes
from mounttest import *
from users import *

let_all_in()
os.mkdir("d", 0o777)


a = Peer()
a(be, A)
a(write, "d/f", b"text")
try:
    a(renameat2, "d/f", "d/g", WHITEOUT)
except OSError as e:
    if e.errno != errno.EINVAL:
        raise
    skip("this filesystem makes no whiteouts")
st = os.lstat("d/f")
check(stat.S_ISCHR(st.st_mode) and st.st_rdev == 0, "no whiteout")
eq((st.st_uid, st.st_gid), (A, A), "whose it is")
eq((os.stat("d/g").st_uid, read("d/g")), (A, b"text"))
# No user makes any other device.
raises(errno.EPERM, a, os.mknod, "d/null", stat.S_IFCHR | 0o666,
       os.makedev(1, 3))
a.exit()
