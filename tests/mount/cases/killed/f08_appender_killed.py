# SPDX-License-Identifier: MIT
# about: F8: a killed append or update leaves the file as it was
# quarantine: some
from f8 import *

data = pattern(200_000)
write("f", data)
os.utime("f", ns=(10**18, 10**18))
before = os.stat("f")
for i, flags in enumerate((APPEND, os.O_RDWR)):
    p = Peer()
    p.put("f", b"changed", flags)
    p.kill()
    eq(read("f"), data)
    eq((os.stat("f").st_ino, os.stat("f").st_mtime_ns),
       (before.st_ino, before.st_mtime_ns))
    discarded(old=data, content=data + b"changed" if flags == APPEND else
              b"changed" + data[7:], at=i)
