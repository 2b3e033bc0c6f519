# SPDX-License-Identifier: MIT
# about: cli: idemfs wait works for another user that the mount lets in, and tells when it is unmounted
# mount: no
# needs: root setpriv
from mounttest import *
from users import *

CP = MNT / ".checkpoints"
program = program_for_all()


def waiter(mark):
    p = subprocess.Popen(as_user(65534, program, "wait", MNT, mark),
                         stderr=subprocess.PIPE)
    wait_until(lambda: p.poll() is not None or b"poll" in
               Path("/proc/%d/wchan" % p.pid).read_bytes(), "its sleep")
    eq(p.poll(), None, "ended too early")
    return p


with mounted("--allow-other"):
    p = waiter("a.done")
    lost = waiter("b.done")
    write(CP / "a.done", b"")
    eq(p.wait(timeout=PATIENCE), 0)
eq(lost.wait(timeout=PATIENCE), 1)
check(b"unmounted" in lost.stderr.read(), "why")
