# SPDX-License-Identifier: MIT
# about: C4: a file that looks like one that is gone (number, size, time) is told with its own digest
import re

from manifest import *

SIZE = 100000
THEN = 1700000000
CHANGES = BACKING / ".idemfs/changes"


def put(i):
    """As tar and cp -p do: the times are set before it is closed."""
    with open("lib.a", "wb", buffering=0) as f:
        f.write(bytes([65 + i]) * SIZE)
        os.utime(f.fileno(), (THEN, THEN))


def digests():
    return len(re.findall(rb"\b[0-9a-f]{32}\b", CHANGES.read_bytes()))


# A filesystem gives the number of what is gone away again, soon or at once.
for turn in range(6):
    put(turn)
    wait_until(lambda n=turn: digests() > n, "digest %d" % turn)
Path(".checkpoints/x.done").touch()
holds(Manifest("x.done"), "lib.a")
