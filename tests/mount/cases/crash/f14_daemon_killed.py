# SPDX-License-Identifier: MIT
# about: F14: a daemon killed by SIGKILL leaves old or new; temps go to quarantine
# mount: no
# quarantine: some
from mounttest import *



def dead(path):
    try:
        os.stat(path)
    except OSError as e:
        return e.errno == errno.ENOTCONN
    return False


old, new = pattern(500_000, 1), pattern(600_000, 2)
idemfs("mount", BACKING, MNT)
os.chdir(MNT)
write("f", old)
write("done", new)
p = Peer()
p.put("f", new[:300_000])
p.put("new", b"partial")
p.put("done", b"more", APPEND)
os.chdir(TMP)
os.kill(daemon_pid(), signal.SIGKILL)
wait_until(lambda: dead(MNT), "a dead mount")
raises(errno.ENOTCONN, os.stat, MNT / "f")
p.exit()
# The new mount cleans up the dead one, on its own.
with mounted():
    eq(read(MNT / "f"), old)
    eq(read(MNT / "done"), new)
    absent(MNT / "new")
    eq(len(partials()), 3)
    eq(partials()[0]["content"] in (new[:300_000], b"partial",
                                    new + b"more"), True)
    eq(temps(), [])
    write(MNT / "f", new)
    eq(read(MNT / "f"), new)
eq(run("cat", "/proc/self/mountinfo").count(str(MNT) + " "), 0)
