# SPDX-License-Identifier: MIT
# about: F14: SIGTERM settles what is closed, quarantines what stays open, unmounts
# options: --drain 1
# daemon: ends
# status: 1
# quarantine: some
# log: errors
from mounttest import *

write("f", b"old")
write("closed", b"committed")
p = Peer()
fd = p.put("f", b"partial")
new = p.put("new", b"partial")
os.chdir(TMP)
os.kill(DAEMON, signal.SIGTERM)
wait_until(lambda: not os.path.ismount(MNT), "the mount is gone")
eq((BACKING / "f").read_bytes(), b"old")
eq((BACKING / "closed").read_bytes(), b"committed")
check(not (BACKING / "new").exists(), "new")
wait_until(lambda: len(partials()) == 2, "two partials")
eq({e["path"]: e["content"] for e in partials()},
   {"f": b"partial", "new": b"partial"})
p.exit()
