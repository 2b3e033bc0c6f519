# SPDX-License-Identifier: MIT
# about: S3: 2, 16 and 64 steps at once, by GNU parallel, each vouch for exactly what they made
# needs: parallel
from sidebyside import *

prepare()
os.environ["PARALLEL_HOME"] = str(TMP)
for n in (2, 16, 64):
    side_by_side(n, ["bash", "-c", "seq %d | parallel --will-cite -j %d "
                     "idemfs step s.{} -- $STEP {}" % (n, n)])
