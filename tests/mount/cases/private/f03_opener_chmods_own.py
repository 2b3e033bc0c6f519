# SPDX-License-Identifier: MIT
# about: F3: the opener may chmod, utime and setxattr by path before it closes
# native: yes
from mounttest import *

write("old", b"x")
for name in ("new", "old"):
    fd = os.open(name, TRUNC, 0o644)
    os.write(fd, b"#!/bin/sh\nexit 7\n")
    os.chmod(name, 0o755)
    os.setxattr(name, "user.mine", b"value")
    os.utime(name, ns=(10**18, 10**18 + 1))
    eq(stat.S_IMODE(os.stat(name).st_mode), 0o755)
    eq(stat.S_IMODE(os.fstat(fd).st_mode), 0o755)
    eq(os.getxattr(name, "user.mine"), b"value")
    os.close(fd)
    st = os.stat(name)
    eq(stat.S_IMODE(st.st_mode), 0o755)
    eq(st.st_mtime_ns, 10**18 + 1)
    eq(os.getxattr(name, "user.mine"), b"value")
    run("./" + name, status=7)
