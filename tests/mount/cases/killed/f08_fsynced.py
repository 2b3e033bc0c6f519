# SPDX-License-Identifier: MIT
# about: F8: killed after an fsync, with nothing written since, it is promoted
# options:
# options: --passthrough off
# options: --discard-on failed
# quarantine: some
from f8 import *

NEW = os.O_RDWR | os.O_CREAT
SYNCS = (os.fsync, os.fdatasync)


def begun(sync=os.fsync, flags=TRUNC, path="f"):
    """A peer that has written and synced; "f" is there from before."""
    write("f", b"old")
    p = Peer()
    fd = p.put(path, b"partial", flags)
    p(sync, fd)
    return p, fd


at = 0


def lost(content, path="f", old=b"old"):
    global at
    discarded(path, content, old, at=at)
    at += 1


for sync in SYNCS:
    for flags in (TRUNC, os.O_RDWR | os.O_TRUNC):
        p, fd = begun(sync, flags)
        eq(read("f"), b"old", "an fsync promotes nothing")
        p.kill()
        promoted()
    p, fd = begun(sync, NEW, "new")
    p.kill(signal.SIGSEGV)
    promoted("new")
    os.unlink("new")

# An update of what was there, and an append.
p, fd = begun(flags=UPDATE)
p.kill()
promoted()
p, fd = begun(flags=APPEND)
p.kill()
promoted(content=b"oldpartial")

# A read between, a second fsync, a mode: no write.
p, fd = begun(flags=NEW)
p(os.pread, fd, 3, 0)
p(os.fsync, fd)
p(os.fchmod, fd, 0o600)
p.kill()
promoted()

# What a child synced.
p, fd = begun(flags=NEW)
p.kill()
promoted()

# Written since: at the end, over what was there, cut, emptied.
p, fd = begun()
p(os.write, fd, b" more")
p.kill()
lost(b"partial more")
p, fd = begun()
p(os.pwrite, fd, b"P", 0)
p.kill()
lost(b"Partial")
p, fd = begun()
p(os.ftruncate, fd, 4)
p.kill()
lost(b"part")
p, fd = begun()
again = p(os.open, "f", TRUNC, 0o666)
p.kill()
lost(b"")
# Synced once more after that.
p, fd = begun()
p(os.write, fd, b" more")
p(os.fsync, fd)
p.kill()
eq(read("f"), b"partial more")

# Each write with O_SYNC is synced: that says nothing.
for sync in (os.O_SYNC, os.O_DSYNC):
    write("f", b"old")
    p = Peer()
    fd = p.put("f", b"partial", TRUNC | sync)
    p.kill()
    lost(b"partial")
    p = Peer()
    fd = p.put("f", b"partial", TRUNC | sync)
    p(os.fsync, fd)
    p.kill()
    eq(read("f"), b"partial")
