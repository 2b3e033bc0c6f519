# SPDX-License-Identifier: MIT
# about: cli: run killed by SIGKILL leaves nothing torn, and the next run goes on
# mount: no
# quarantine: some
from mounttest import *

script = "echo done > first; echo r > ready; exec > out; echo part; sleep 100"
p = subprocess.Popen([IDEMFS, "run", BACKING, "--", "bash", "-c", script],
                     start_new_session=True)
wait_until(lambda: os.path.exists(BACKING / "ready"), "the command")
os.killpg(p.pid, signal.SIGKILL)
p.wait()
os.sync()
wait_until(lambda: subprocess.run(
    [IDEMFS, "run", BACKING, "--", "sh", "-c", "cat first; echo new > out"],
    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    stdin=subprocess.DEVNULL, check=False).stdout == b"done\n", "a second run")
eq((BACKING / "out").read_bytes(), b"new\n")
check(not os.path.ismount(BACKING), "mounted still")
