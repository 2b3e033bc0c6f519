# SPDX-License-Identifier: MIT
# about: F2: each append after close stands behind the one before, in thousands of rounds
# options: --threads 1
# options: --threads 2
# options: --threads 8
# native: yes
# timeout: 600
. "$TESTS/lib/lib.sh"

"$HELPERS/closeopen" . append 4 1500
