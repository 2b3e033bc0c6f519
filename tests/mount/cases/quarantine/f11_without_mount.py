# SPDX-License-Identifier: MIT
# about: F11: list, restore and drop work on a directory that is not mounted
# mount: no
from mounttest import *

with mounted():
    os.chdir(MNT)
    for name in ("a", "b", "c"):
        p = Peer()
        p.put(name, name.encode())
        p.kill()
    wait_until(lambda: len(partials()) == 3, "three partials")
out = idemfs("partial", "list", BACKING)
eq(sum(line.count("SIGKILL") for line in out.splitlines()), 3)
ids = {e["path"]: e["id"] for e in partials()}
idemfs("partial", "drop", BACKING, ids["a"])
idemfs("partial", "restore", BACKING, ids["b"])
eq((BACKING / "b").read_bytes(), b"b")
idemfs("partial", "drop", BACKING, ids["a"], status=1)
eq([e["path"] for e in partials()], ["c"])
idemfs("partial", "drop", "--all", BACKING)
eq(partials(), [])
idemfs("partial", "drop", "--all", BACKING)
check("SIGKILL" not in idemfs("partial", "list", BACKING), "empty list")
