# SPDX-License-Identifier: MIT
# about: F10: what was fsynced of a pending version is in quarantine when the daemon dies
# mount: no
# quarantine: some
from mounttest import *

idemfs("mount", BACKING, MNT)
os.chdir(MNT)
write("f", b"old")
p = Peer()
data = pattern(1 << 20)
fd = p.put("f", data)
p(os.fsync, fd)
os.chdir(TMP)
os.kill(daemon_pid(), signal.SIGKILL)
p.exit()
with mounted():
    eq(read(MNT / "f"), b"old")
    one_partial("f", data)
