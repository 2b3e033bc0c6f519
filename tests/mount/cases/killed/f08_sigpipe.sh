# SPDX-License-Identifier: MIT
# about: F8: a writer that dies of SIGPIPE leaves the old version
# quarantine: some
. "$TESTS/lib/lib.sh"

echo old > f
set +o pipefail
python3 -c '
import os, signal
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
f = open("f", "w")
f.write("part")
f.flush()
while True:
    os.write(1, b"y\n" * 1000)
' | head -n 1 > /dev/null
has f old
wait_until has_partials 1
