# SPDX-License-Identifier: MIT
# about: F14: the example unit: a stop settles; told to end and then killed, as after its timeout, is a crash like any other
# mount: no
# quarantine: some
from mounttest import *

unit = dict(line.split("=", 1) for line in
            (TESTS / "../../docs/examples/systemd/idemfs@.service")
            .read_text().splitlines()
            if "=" in line and not line.startswith("#"))
check(int(unit["TimeoutStopSec"]) > 10, "killed before --drain is over")


def command(key):
    program, *words = unit[key].lstrip("-").split()
    eq(program, "/usr/bin/idemfs")
    return [IDEMFS] + [str(BACKING) if w == "%f" else w for w in words]


def start():
    run(*command("ExecStart"))
    return daemon_pid(BACKING)


def alive(pid):
    try:
        text = read("/proc/%d/status" % pid)
    except OSError:
        return False
    return b"\nState:\tZ" not in text


pid = start()
write(BACKING / "f", b"old")
run(*command("ExecStop"))
check(not alive(pid), "alive after a stop")
eq(read(BACKING / "f"), b"old")

# Busy: a stop changes nothing; then systemd sends SIGTERM, and SIGKILL.
pid = start()
write(BACKING / "closed", b"whole")
p = Peer()
p.put(BACKING / "f", b"half")
run(*command("ExecStop"), status=1, stderr=subprocess.DEVNULL)
os.kill(pid, signal.SIGTERM)
wait_until(lambda: not os.path.ismount(BACKING), "taken out of the tree")
check(alive(pid), "ended before --drain was over")
os.kill(pid, signal.SIGKILL)
wait_until(lambda: not alive(pid), "killed")
p.exit()
start()
eq(read(BACKING / "f"), b"old")
eq(read(BACKING / "closed"), b"whole")
run(*command("ExecStop"))
one_partial("f", b"half")
eq(temps(), [])
