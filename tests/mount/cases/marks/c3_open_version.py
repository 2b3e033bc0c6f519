# SPDX-License-Identifier: MIT
# about: C3: a mark waits for open versions, then fails with EBUSY and names them
# options: --open-wait 0.5
# log: errors
from mounttest import *

os.mkdir("sub")
p = Peer()
fd = p.put("sub/output", b"half")
raises(errno.EBUSY, os.open, ".checkpoints/a.done", TRUNC)
raises(errno.EBUSY, Path(".checkpoints/a.done").touch)
absent(".checkpoints/a.done")
eq(os.listdir(".checkpoints"), [])
text = idemfs("status", MNT)
check("sub/output" in text, "status names the path: " + text)
check(str(p.pid) in text, "status names the pid")
log = (BACKING / ".idemfs/log").read_text()
check("sub/output" in log and str(p.pid) in log, "the log names both: " + log)
p.close(fd)
Path(".checkpoints/a.done").touch()
check(os.path.exists(".checkpoints/a.done"), "mark")
eq(read("sub/output"), b"half")
