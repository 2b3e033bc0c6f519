# SPDX-License-Identifier: MIT
# about: F13: statfs tells what the backing filesystem tells
from mounttest import *

a, b = os.statvfs(MNT), os.statvfs(BACKING)
for field in ("f_bsize", "f_frsize", "f_blocks", "f_files", "f_namemax"):
    eq(getattr(a, field), getattr(b, field), field)
check(abs(a.f_bavail - b.f_bavail) * a.f_frsize < (64 << 20), "f_bavail")
run("df", ".")
run("df", "-i", ".")
