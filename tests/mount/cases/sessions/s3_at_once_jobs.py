# SPDX-License-Identifier: MIT
# about: S3: 2, 16 and 64 steps at once, by & and wait, each vouch for exactly what they made
from sidebyside import *

prepare()
for n in (2, 16, 64):
    side_by_side(n, ["bash", "-c", """
        for i in $(seq %d); do idemfs step s.$i -- $STEP $i & done
        for p in $(jobs -p); do wait $p || exit; done
    """ % n])
