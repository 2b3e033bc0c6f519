# SPDX-License-Identifier: MIT
# about: F8: --discard-on failed refuses openers and last holders that exit non-zero
# options: --discard-on failed
# quarantine: some
from f8 import *

p, fd = start()
p.exit(3)
discarded(why="3")
p, fd = start()
p.exit(0)
eq(read("f"), b"partial", "exit 0 with the file open is clean")
p, fd = start()
p.close(fd)
eq(read("f"), b"partial")
p.exit(1)
eq(read("f"), b"partial", "closed before it failed")
eq(len(partials()), 1)
p, fd = start()
p.kill(signal.SIGTERM)
discarded(why="SIGTERM", at=1)
write("f", b"old")
sh("exec > f; echo a; false", status=1)
eq(read("f"), b"old", "a script that fails at its end")
sh("{ false; echo a; } > f")
eq(read("f"), b"a\n")
wait_until(lambda: len(partials()) == 3, "three partials")
