# SPDX-License-Identifier: MIT
# about: F2: an open after close reads the new version, in thousands of rounds
# options: --threads 1
# options: --threads 2
# options: --threads 8
# native: yes
# timeout: 600
. "$TESTS/lib/lib.sh"

"$HELPERS/closeopen" . open 4 1500
