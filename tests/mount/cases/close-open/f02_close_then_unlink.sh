# SPDX-License-Identifier: MIT
# about: F2: close then unlink leaves nothing, close then create is new, in thousands of rounds
# options: --threads 1
# options: --threads 2
# options: --threads 8
# native: yes
# timeout: 600
. "$TESTS/lib/lib.sh"

"$HELPERS/closeopen" . unlink 4 1500
