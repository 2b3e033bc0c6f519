# SPDX-License-Identifier: MIT
# about: F9: on a full ext4 the writer is told, the old version stays, the partial is kept
# backing: ext4 16m
# quarantine: some
# log: errors
from mounttest import *

old = pattern(2 << 20, 1)
write("f", old)
raises(errno.ENOSPC, write, "f", pattern(64 << 20, 2))
eq(read("f"), old, "old version")
wait_until(partials, "a partial in quarantine")
got = partials()[0]
eq(got["path"], "f")
eq(got["content"], pattern(64 << 20, 2)[:len(got["content"])])
raises(errno.ENOSPC, write, "new", pattern(64 << 20, 2))
absent("new")
# Space comes back: everything works again.
for e in partials():
    idemfs("partial", "drop", MNT, e["id"])
eq(partials(), [])
write("f", b"new")
eq(read("f"), b"new")
write("new", old)
eq(read("new"), old)
Path(".checkpoints/after.done").touch()
