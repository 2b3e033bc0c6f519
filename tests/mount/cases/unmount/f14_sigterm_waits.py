# SPDX-License-Identifier: MIT
# about: F14: SIGTERM gives open writers a grace time; what is closed in it is promoted
# options: --drain 60
# daemon: ends
from mounttest import *

write("f", b"old")
p = Peer()
fd = p.put("f", b"new")
os.chdir(TMP)
os.kill(DAEMON, signal.SIGTERM)
time.sleep(0.3)
p(write_all, fd, b" and more")
p.close(fd)
p.exit()
wait_until(lambda: not os.path.ismount(MNT), "the mount is gone")
# A look behind the mount does not wait for sealed versions.
wait_until(lambda: (BACKING / "f").read_bytes() != b"old", "promoted")
eq((BACKING / "f").read_bytes(), b"new and more")
no_partial()
