# SPDX-License-Identifier: MIT
# about: cli: run told to end by SIGTERM passes it on, and always takes the mount down
# mount: no
# quarantine: some
from mounttest import *

script = '''
exec > out
echo part
echo $$ > pid
exec sleep 100'''
for how in ("daemon alone", "group"):
    p = subprocess.Popen([IDEMFS, "run", BACKING, "--", "bash", "-c", script],
                         start_new_session=True)
    wait_until(lambda: os.path.exists(BACKING / "pid"), "the command")
    child = int(read(BACKING / "pid"))
    if how == "group":
        os.killpg(p.pid, signal.SIGTERM)
    else:
        p.send_signal(signal.SIGTERM)
    eq(p.wait(), 128 + signal.SIGTERM)
    check(not os.path.exists("/proc/%d" % child), "the command is alive")
    check(not os.path.ismount(BACKING), "mounted still")
    check(not (BACKING / "out").exists(), "out was promoted")
    eq(os.listdir(BACKING / ".idemfs/tmp"), [])
    os.unlink(BACKING / "pid")
eq([e["path"] for e in partials()], ["out", "out"])
