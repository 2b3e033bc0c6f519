# SPDX-License-Identifier: MIT
# about: F8: a name under --resumable is promoted however its writer ends, and is atomic for readers
# options: --resumable *.half --resumable !no.part
# options: --resumable *.half --resumable !no.part --discard-on failed
# quarantine: some
from f8 import *

for path in ("x.half", "a.part", "big.aria2", "jobs.joblog"):
    write(path, b"old")
    p = Peer()
    p.put(path, b"partial")
    eq(read(path), b"old", "readers, until it is closed")
    p.kill()
    promoted(path)
    p = Peer()
    p.put(path, b" and more", APPEND)
    p.kill(signal.SIGTERM)
    promoted(path, b"partial and more")
    p = Peer()
    p.put(path, b"end", APPEND)
    p.exit(1)
    promoted(path, b"partial and moreend")
    p = Peer()
    p.put(path + "x", b"partial")
    os.unlink(path)
p = Peer()
p.put("new.part", b"partial")
absent("new.part")
p.kill()
promoted("new.part")
write("no.part", b"old")
p = Peer()
p.put("no.part", b"partial")
p.kill()
discarded("no.part")
