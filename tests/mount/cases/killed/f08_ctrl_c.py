# SPDX-License-Identifier: MIT
# about: F8: Ctrl-C on the process group of a pipeline leaves the old versions
# quarantine: some
from f8 import *

write("f", b"old")
write("g", b"old")
script = """
python3 -c '
import signal, time
signal.signal(signal.SIGINT, signal.SIG_DFL)
f = open("f", "w"); f.write("part"); f.flush()
open("ready", "w").close()
time.sleep(60)' | sed -u s/x/y/ > g
echo reached > not-reached
"""
p = subprocess.Popen(["bash", "-c", script], start_new_session=True)
wait_until(lambda: os.path.exists("ready"), "the writer")
os.killpg(p.pid, signal.SIGINT)
eq(p.wait(), -signal.SIGINT, "bash dies of it too")
eq(read("f"), b"old")
eq(read("g"), b"old")
absent("not-reached")
wait_until(lambda: len(partials()) == 2, "two partials")
eq(sorted(e["path"] for e in partials()), ["f", "g"])
