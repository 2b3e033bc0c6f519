# SPDX-License-Identifier: MIT
# about: F9: on a full tmpfs the writer is told, the old version stays, the partial is kept
# backing: tmpfs 16m
# quarantine: some
# log: errors
from fulldisk import *

write_to_the_end()
