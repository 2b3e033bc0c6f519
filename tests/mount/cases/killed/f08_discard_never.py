# SPDX-License-Identifier: MIT
# about: F8: --discard-on never promotes whatever the writer's end
# options: --discard-on never
from f8 import *

for end in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM):
    p, fd = start()
    p.kill(end)
    promoted()
p, fd = start()
p.exit(7)
promoted()
p = Peer()
p.put("new", b"made")
p.kill()
promoted("new", b"made")
