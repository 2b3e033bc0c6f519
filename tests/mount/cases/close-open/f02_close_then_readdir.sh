# SPDX-License-Identifier: MIT
# about: F2: a readdir after close lists the new name, after unlink not, in thousands of rounds
# options: --threads 1
# options: --threads 2
# options: --threads 8
# native: yes
# timeout: 600
. "$TESTS/lib/lib.sh"

"$HELPERS/closeopen" . readdir 4 1500
