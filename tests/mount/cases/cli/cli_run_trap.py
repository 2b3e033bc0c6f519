# SPDX-License-Identifier: MIT
# about: cli: a command that handles SIGTERM decides itself how run ends
# mount: no
from mounttest import *

script = '''
trap 'echo cleaned > cleaned; exit 9' TERM
echo ready > ready
while :; do sleep 0.05; done'''
p = subprocess.Popen([IDEMFS, "run", BACKING, "--", "bash", "-c", script],
                     start_new_session=True)
wait_until(lambda: os.path.exists(BACKING / "ready"), "the command")
p.send_signal(signal.SIGTERM)
eq(p.wait(), 9)
eq((BACKING / "cleaned").read_bytes(), b"cleaned\n")
check(not os.path.ismount(BACKING), "mounted still")
