# SPDX-License-Identifier: MIT
# about: F5: a descriptor that exec closes ends the version, and it is promoted
from mounttest import *

write("f", b"old")
r, w = os.pipe()
pid = os.fork()
if pid == 0:
    fd = os.open("f", TRUNC)  # close-on-exec, as Python opens
    os.write(fd, b"new")
    os.dup2(r, 0)
    os.close(w)
    os.execvp("cat", ["cat"])
os.close(r)
wait_until(lambda: b"cat" in Path("/proc/%d/cmdline" % pid).read_bytes(),
           "exec")
wait_until(lambda: read("f") == b"new", "promotion at exec")
os.close(w)
eq(os.waitpid(pid, 0)[1], 0)
