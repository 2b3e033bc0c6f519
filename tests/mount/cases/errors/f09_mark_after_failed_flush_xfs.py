# SPDX-License-Identifier: MIT
# about: C2: after a flush has failed no mark is made by trying again, until what the disk (xfs) refused is written again; nor after a remount
# needs: root mkfs.xfs plain-build
# mount: no
# log: errors
from failedflush import *

mark_after_failed_flush("xfs", 320 << 20)
