# SPDX-License-Identifier: MIT
# about: F13: the link count of a file with many names is right at once
# native: yes
# options: --cache 60
from mounttest import *

MANY = 40
write("f", b"x")
for i in range(MANY):
    os.link("f", "l%d" % i)
    for path in ("f", "l%d" % i, "l0"):
        eq(os.stat(path).st_nlink, i + 2, path)
for i in reversed(range(MANY)):
    os.unlink("l%d" % i)
    eq(os.stat("f").st_nlink, i + 1)
    if i:
        eq(os.stat("l0").st_nlink, i + 1)
# Names that come and go.
for i in range(MANY):
    os.link("f", "once%d" % i)
    os.unlink("once%d" % i)
    eq(os.stat("f").st_nlink, 1, "once %d" % i)
for i in range(MANY):
    os.link("f", "n%d" % i)
for i in range(MANY):
    os.rename("n%d" % i, "m%d" % i)
    eq(os.stat("f").st_nlink, MANY + 1)
for i in range(MANY):
    os.unlink("m%d" % i)
    eq(os.stat("f").st_nlink, MANY - i)
