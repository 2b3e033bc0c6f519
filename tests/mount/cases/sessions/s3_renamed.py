# SPDX-License-Identifier: MIT
# about: C4, S3: xxhsum checks the files of a step that has renamed their directory, also when other sessions have run before it
from manifest import *

BIN = TMP / "bin"
BIN.mkdir()
os.symlink(IDEMFS, BIN / "idemfs")
os.environ["PATH"] = "%s:%s" % (BIN, os.environ["PATH"])

sh("""
idemfs step before -- sh -c 'mkdir t; echo 1 > t/f; mv t one'
idemfs step after -- sh -c 'mkdir t; echo 2 > t/f; mv t two'
idemfs session -- sh -c 'mkdir t; echo 3 > t/f; mv t three; touch .checkpoints/touched'
""")
eq(checked("before"), {"one/f": "OK"})
eq(checked("after"), {"two/f": "OK"})
eq(checked("touched"), {"three/f": "OK"})
