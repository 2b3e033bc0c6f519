# SPDX-License-Identifier: MIT
# about: F2: a program closed and executed is the new one, in thousands of rounds
# options: --threads 1
# options: --threads 2
# options: --threads 8
# native: yes
# timeout: 600
. "$TESTS/lib/lib.sh"

"$HELPERS/closeopen" . exec 4 1500
