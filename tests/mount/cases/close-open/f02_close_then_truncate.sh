# SPDX-License-Identifier: MIT
# about: F2: close, truncate by path, stat tells the truncated size, in thousands of rounds
# options: --threads 1
# options: --threads 2
# options: --threads 8
# native: yes
# timeout: 600
. "$TESTS/lib/lib.sh"

"$HELPERS/closeopen" . truncate 4 1500
