# SPDX-License-Identifier: MIT
# about: F8: --resumable none drops the default rules; status shows those that are in force
# options: --resumable none
# quarantine: some
from f8 import *

check("resumable none" in idemfs("status", MNT), "status")
options = [(o["key"], o["value"]) for o in status_json()["options"]]
check(("resumable", "none") in options, "status --json")
p = Peer()
p.put("a.part", b"partial")
p.kill()
discarded("a.part", old=None)
