# SPDX-License-Identifier: MIT
# about: F9: an append whose copy does not fit on tmpfs fails, and the file is as it was
# backing: tmpfs 16m
# quarantine: some
# log: errors
from fulldisk import *

append_what_does_not_fit()
