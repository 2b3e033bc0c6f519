# SPDX-License-Identifier: MIT
# about: F13: written through mmap, renamed and chmodded while open, as linkers do
# native: yes
from mounttest import *

data = pattern(300_000)
for i in range(10):
    fd = os.open("out.tmp", os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o777)
    os.ftruncate(fd, len(data))
    m = mmap.mmap(fd, len(data))
    m[:] = data
    os.rename("out.tmp", "out")
    os.fchmod(fd, 0o755)
    m.close()
    os.close(fd)
    check(read("out") == data, "content")
    eq(stat.S_IMODE(os.stat("out").st_mode), 0o755)
    absent("out.tmp")
