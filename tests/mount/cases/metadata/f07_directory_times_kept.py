# SPDX-License-Identifier: MIT
# about: F7: times set on a directory after its last file was closed stay
# options: --threads 1
# options: --threads 8
# native: yes
from mounttest import *

os.makedirs("d")
for i in range(300):
    for n in range(3):
        write("d/f%d" % n, b"round %d" % i)
    os.utime("d", ns=(10**18, 10**18 + i))
    eq(os.stat("d").st_mtime_ns, 10**18 + i, "at once")
    eq(read("d/f2"), b"round %d" % i)
    eq(os.stat("d").st_mtime_ns, 10**18 + i, "later")
# And the other way round: a name that came or went has moved the time.
for i in range(300):
    os.utime("d", ns=(10**18, 10**18))
    write("d/new%d" % i, b"x")
    check(os.stat("d").st_mtime_ns > 15 * 10**17, "created, round %d" % i)
