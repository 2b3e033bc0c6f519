# SPDX-License-Identifier: MIT
# about: F2: no RELEASE waits outside the queue: the kernel is asked for the most there is
# needs: root unshare
from mounttest import *

seen = TMP / "connections"
seen.mkdir()
got = run("unshare", "-m", "sh", "-c",
          'mount -t fusectl none "$1" && cat "$1/$2/max_background"', "sh",
          seen, os.minor(os.stat(".").st_dev))
eq(got, "65535\n")
