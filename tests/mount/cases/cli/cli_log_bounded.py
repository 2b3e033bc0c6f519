# SPDX-License-Identifier: MIT
# about: cli: the log does not grow for ever: it and the one before have a mebibyte each, and the newest lines stay
# mount: no
from mounttest import *

MAX = 1 << 20
LINE = b"2026-01-01 00:00:00.000 event: an old line\n"
out = TMP / "out"
out.mkdir()
idemfs("run", out, "--", "true")
log, before = out / ".idemfs/log", out / ".idemfs/log.1"

# Too long when the mount begins.
log.write_bytes(LINE * (3 * MAX // len(LINE)))
idemfs("run", out, "--", "touch", ".checkpoints/a.done")
check(b"an old line" not in log.read_bytes(), "a new file")
check(b"a.done" in log.read_bytes(), "the newest line")

# Too long with the first line.
log.write_bytes(LINE * (MAX // len(LINE)))
idemfs("run", out, "--", "sh", "-c",
       "for i in 1 2 3; do touch .checkpoints/$i.done; done")
check(before.stat().st_size <= MAX + 200, "log.1: %d" % before.stat().st_size)
eq(before.stat().st_mode & 0o777, 0o600)
check(b"an old line" not in log.read_bytes(), "a new file again")
check(b"3.done" in log.read_bytes(), "the newest line again")
# idemfs log tells of both.
text = idemfs("log", out)
check("an old line" in text and "3.done" in text, text[-500:])
check(text.index("an old line") < text.index("3.done"), "in order")
