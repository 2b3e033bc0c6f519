# SPDX-License-Identifier: MIT
# about: F11: `partial restore` puts the content at its name, or at another
# quarantine: some
from mounttest import *

os.mkdir("d")
write("d/f", b"old")
os.chmod("d/f", 0o640)
for content in (b"first", b"second"):
    p = Peer()
    p.put("d/f", content)
    p.kill()
wait_until(lambda: len(partials()) == 2, "two partials")
ids = [e["id"] for e in partials()]
idemfs("partial", "restore", MNT, ids[0], status=1)
eq(read("d/f"), b"old", "not over a file without --force")
eq(len(partials()), 2)
idemfs("partial", "restore", "--to", "elsewhere", MNT, ids[0])
eq(read("elsewhere"), b"first")
eq(len(partials()), 1)
idemfs("partial", "restore", "--force", MNT, ids[1])
eq(read("d/f"), b"second")
eq(partials(), [])
idemfs("partial", "restore", MNT, ids[1], status=1)
p = Peer()
p.put("new", b"third")
p.kill()
wait_until(partials, "a partial")
idemfs("partial", "restore", MNT, partials()[0]["id"])
eq(read("new"), b"third")
