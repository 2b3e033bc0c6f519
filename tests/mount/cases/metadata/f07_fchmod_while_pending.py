# SPDX-License-Identifier: MIT
# about: F7: chmod, utime and setxattr by the writer's descriptor last
# native: yes
from mounttest import *

write("old", b"x")
for name in ("old", "new"):
    fd = os.open(name, TRUNC, 0o600)
    os.write(fd, b"y")
    os.fchmod(fd, 0o765)
    os.setxattr(fd, "user.a", b"1")
    os.utime(fd, ns=(10**18, 10**18 + 5))
    if os.geteuid() == 0:
        os.fchown(fd, 11, 22)
        os.fchmod(fd, 0o765)
    os.close(fd)
    st = os.stat(name)
    eq(oct(stat.S_IMODE(st.st_mode)), oct(0o765))
    eq((st.st_atime_ns, st.st_mtime_ns), (10**18, 10**18 + 5))
    eq(os.getxattr(name, "user.a"), b"1")
    if os.geteuid() == 0:
        eq((st.st_uid, st.st_gid), (11, 22))
