# SPDX-License-Identifier: MIT
# about: S3: 2, 16 and 64 steps at once, by xargs -P, each vouch for exactly what they made
# needs: xargs
from sidebyside import *

prepare()
for n in (2, 16, 64):
    side_by_side(n, ["bash", "-c", "seq %d | xargs -P %d -I I "
                     "idemfs step s.I -- $STEP I" % (n, n)])
