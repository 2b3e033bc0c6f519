# SPDX-License-Identifier: MIT
# about: F10: fsync works on read descriptors and directories
# native: yes
from mounttest import *

write("f", b"x")
os.mkdir("d")
for name in ("f", "d", "."):
    fd = os.open(name, os.O_RDONLY)
    os.fsync(fd)
    os.fdatasync(fd)
    os.close(fd)
write("g", b"synced", os.O_WRONLY | os.O_CREAT | os.O_SYNC)
write("g", b"dsynced", os.O_WRONLY | os.O_CREAT | os.O_DSYNC | os.O_TRUNC)
eq(read("g"), b"dsynced")
