# SPDX-License-Identifier: MIT
# about: F8: a writer killed by a signal leaves the old version; quarantine says why
# quarantine: some
# options: --threads 1
# options: --threads 8
from f8 import *

signals = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP,
           signal.SIGSEGV, signal.SIGABRT, signal.SIGPIPE, signal.SIGBUS,
           signal.SIGALRM, signal.SIGUSR1, signal.SIGXCPU]
for i, sig in enumerate(signals):
    p, _ = start()
    p.kill(sig)
    got = discarded(why=sig.name, at=i)
    eq(int(got["pid"]), p.pid, "pid of the opener")
    check("python" in got["command"], "command: " + got["command"])
