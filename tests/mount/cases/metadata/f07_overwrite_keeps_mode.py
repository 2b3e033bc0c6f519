# SPDX-License-Identifier: MIT
# about: F7: overwriting keeps mode, xattrs and ACL, whatever way it is opened
# native: yes
# needs: setfacl
from mounttest import *

os.umask(0o077)
for mode in (0o600, 0o644, 0o755, 0o444 | 0o200, 0o7 | 0o640):
    for flags in (TRUNC, os.O_WRONLY | os.O_TRUNC, os.O_RDWR | os.O_TRUNC,
                  APPEND, os.O_RDWR):
        write("f", b"old")
        os.chmod("f", mode)
        os.setxattr("f", "user.kept", b"\0value")
        sh("setfacl -m u:1234:r-x,g:77:-w- f")
        acl, st = run("getfacl", "-cn", "f"), os.stat("f")
        write("f", b"new", flags, 0o777)
        now = os.stat("f")
        eq(oct(now.st_mode), oct(st.st_mode), "mode")
        eq((now.st_uid, now.st_gid), (st.st_uid, st.st_gid))
        eq(os.getxattr("f", "user.kept"), b"\0value")
        eq(run("getfacl", "-cn", "f"), acl)
        os.unlink("f")
