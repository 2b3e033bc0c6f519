# SPDX-License-Identifier: MIT
# about: cli: Ctrl-C at a terminal reaches the command, not only idemfs run
# mount: no
# quarantine: some
from mounttest import *
import pty

script = "exec > out; echo part; echo r > ready; exec sleep 100"
pid, fd = pty.fork()
if pid == 0:
    os.execv(IDEMFS, [IDEMFS, "run", str(BACKING), "--", "bash", "-c", script])
wait_until(lambda: os.path.exists(BACKING / "ready"), "the command")
os.write(fd, b"\x03")
status = os.waitpid(pid, 0)[1]
eq(os.waitstatus_to_exitcode(status), 130)
check(not os.path.ismount(BACKING), "mounted still")
check(not (BACKING / "out").exists(), "out was promoted")
# A command may read from the terminal and have job control.
pid, fd = pty.fork()
if pid == 0:
    os.execv(IDEMFS, [IDEMFS, "run", str(BACKING), "--", "bash", "-c",
                      "read x; echo got $x > f; [ -t 0 ]"])
os.write(fd, b"typed\n")
eq(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
eq((BACKING / "f").read_bytes(), b"got typed\n")
