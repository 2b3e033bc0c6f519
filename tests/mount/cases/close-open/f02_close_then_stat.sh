# SPDX-License-Identifier: MIT
# about: F2: a stat after close tells the new size, in thousands of rounds
# options: --threads 1
# options: --threads 2
# options: --threads 8
# native: yes
# timeout: 600
. "$TESTS/lib/lib.sh"

"$HELPERS/closeopen" . stat 4 1500
