# SPDX-License-Identifier: MIT
# about: F14: when the terminal's session ends, a mount stays, and one in the foreground settles and ends
# mount: no
# quarantine: some
from mounttest import *
import pty


def at_terminal(*argv):
    """A session leader at a terminal of its own; (pid, the other end)."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(TMP)
        os.execvp(argv[0], [str(a) for a in argv])
    return pid, fd


def hang_up(pid, fd):
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


# In the background: it does not belong to the session.
pid, fd = at_terminal("sh", "-c", "%s mount %s %s; exec sleep 1000" %
                      (IDEMFS, BACKING, MNT))
wait_until(lambda: os.path.ismount(MNT), "the mount")
eq(hang_up(pid, fd), -signal.SIGHUP)
write(MNT / "f", b"after the end")
eq(read(MNT / "f"), b"after the end")
idemfs("umount", MNT)
eq(read(BACKING / "f"), b"after the end")

# In the foreground.
pid, fd = at_terminal(IDEMFS, "mount", "-f", BACKING, MNT)
wait_until(lambda: os.path.ismount(MNT), "the mount")
write(MNT / "f", b"closed")
eq(hang_up(pid, fd), 0)
check(not os.path.ismount(MNT), "mounted still")
eq(read(BACKING / "f"), b"closed")

# A run tells its command, and takes the mount down.
pid, fd = at_terminal(IDEMFS, "run", BACKING, "--", "bash", "-c",
                      "echo x > done; exec > f; echo half; echo r > ready;"
                      "exec sleep 1000")
wait_until(lambda: os.path.exists(BACKING / "ready"), "the command")
eq(hang_up(pid, fd), 128 + signal.SIGHUP)
check(not os.path.ismount(BACKING), "mounted still")
eq(read(BACKING / "done"), b"x\n")
eq(read(BACKING / "f"), b"closed")
one_partial("f", b"half\n")
eq(temps(), [])
