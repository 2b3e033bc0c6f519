# SPDX-License-Identifier: MIT
# about: F8: by default a writer that exits non-zero is promoted, as without idemfs
from f8 import *

p, fd = start()
p.exit(3)
promoted()
sh("echo x > g; exit 5", status=5)
promoted("g", b"x\n")
sh("trap 'exit 4' TERM; exec > h; echo y; kill -TERM $$", status=4)
promoted("h", b"y\n")
