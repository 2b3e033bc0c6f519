# SPDX-License-Identifier: MIT
# about: F13: with --allow-other nothing passes through unless it is asked for: a user could hold a file's lock below, and all names wait for that
# needs: root
# mount: no
from mounttest import *

for options, want in ((["--allow-other"], "off: --allow-other"),
                      (["--allow-other", "--passthrough", "off"],
                       "off: --passthrough off")):
    with mounted(*options):
        write(MNT / "f", b"x" * 100000)
        eq(read(MNT / "f"), b"x" * 100000)
        check(status_json()["passthrough"].startswith(want), status_json())
with mounted("--allow-other", "--passthrough", "on"):
    write(MNT / "f", b"y")
    check(not status_json()["passthrough"].startswith("off: --"), "asked for")
