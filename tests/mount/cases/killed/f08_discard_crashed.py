# SPDX-License-Identifier: MIT
# about: F8: with --discard-on crashed, signals that ask to end are a clean end
# options: --discard-on crashed
# quarantine: some
from f8 import *

for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
    p, fd = start()
    p.kill(sig)
    promoted()
at = 0
for sig in (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS,
            signal.SIGILL, signal.SIGFPE, signal.SIGXCPU):
    p, fd = start()
    p.kill(sig)
    discarded(why=signal.Signals(sig).name, at=at)
    at += 1
p, fd = start()
p.exit(3)
eq(read("f"), b"partial", "an exit with an error")
# A child likewise taints.
write("f", b"old")
run("timeout", "0.3", "sh", "-c", "exec timeout 0.2 sleep 60 > f", status=124)
eq(read("f"), b"")
write("f", b"old")
run("sh", "-c", "(sh -c 'echo x; kill -9 $$'; exit 2) > f", status=2)
discarded(content=b"x\n", at=at)
