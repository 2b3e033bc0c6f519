# SPDX-License-Identifier: MIT
# about: F7: overwriting a file leaves its directory's times alone, a new name does not
# native: yes
from mounttest import *

OLD = (10**18, 10**18 + 7)


def moved():
    """Are the directory's times other than OLD? Sets them anew."""
    found = os.stat("d").st_mtime_ns
    os.utime("d", ns=OLD)
    return found != OLD[1]


os.mkdir("d")
write("d/f", b"one")
check(moved(), "a new file")
for flags in (TRUNC, APPEND, os.O_RDWR):
    for i in range(20):
        write("d/f", b"two", flags)
        check(not moved(), "overwritten with flags %#o" % flags)
        # Nor does the promotion that is still on its way undo what is set.
        write("d/f", b"three", flags)
        os.utime("d", ns=OLD)
        check(not moved(), "set after it was overwritten")
write("d/g", b"new")
check(moved(), "another new file")
os.rename("d/g", "d/f")
check(moved(), "renamed over it")
