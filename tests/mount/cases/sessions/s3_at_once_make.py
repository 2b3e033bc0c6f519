# SPDX-License-Identifier: MIT
# about: S3: 2, 16 and 64 steps at once, by make -j, each vouch for exactly what they made
# needs: make
from sidebyside import *

prepare()
makefile = TMP / "Makefile"
makefile.write_text("""
all: $(patsubst %,.checkpoints/s.%,$(shell seq $(N)))
.checkpoints/s.%:
	idemfs step s.$* -- $(STEP) $*
""")
for n in (2, 16, 64):
    side_by_side(n, ["make", "-s", "-j", n, "-f", makefile, "N=%d" % n])
