# SPDX-License-Identifier: MIT
# about: F9: on a full ext4 the writer is told, the old version stays, the partial is kept
# backing: ext4 16m
# quarantine: some
# log: errors
from fulldisk import *

write_to_the_end()
