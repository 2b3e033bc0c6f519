# SPDX-License-Identifier: MIT
# about: F13: times and link counts of a directory move with its entries
# native: yes
from mounttest import *

past = 10**18
os.mkdir("d")


def moved(what):
    st = os.stat("d")
    check(st.st_mtime_ns > past + 10**17, "mtime after " + what)
    os.utime("d", ns=(past, past))


def stayed(what):
    eq(os.stat("d").st_mtime_ns, past, "mtime after " + what)


os.utime("d", ns=(past, past))
write("d/f", b"x")
moved("create")
os.rename("d/f", "d/g")
moved("rename")
os.link("d/g", "d/h")
moved("link")
os.unlink("d/h")
moved("unlink")
os.symlink("x", "d/s")
moved("symlink")
os.mkdir("d/sub")
moved("mkdir")
os.rmdir("d/sub")
moved("rmdir")
os.chmod("d/g", 0o600)
stayed("chmod below")
read("d/g")
stayed("read")
