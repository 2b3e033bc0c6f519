# SPDX-License-Identifier: MIT
# about: F7: overwriting keeps owner and group
# needs: root
# native: yes
from mounttest import *

for flags in (TRUNC, APPEND, os.O_RDWR):
    write("f", b"old")
    os.chown("f", 1234, 4321)
    write("f", b"new!", flags)
    eq((os.stat("f").st_uid, os.stat("f").st_gid), (1234, 4321))
    eq(read("f")[-4:], b"new!")
    os.unlink("f")
