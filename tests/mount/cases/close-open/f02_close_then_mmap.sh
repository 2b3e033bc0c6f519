# SPDX-License-Identifier: MIT
# about: F2: an open after the last munmap reads what was stored by memory, in thousands of rounds
# options: --threads 1
# options: --threads 2
# options: --threads 8
# native: yes
# timeout: 600
. "$TESTS/lib/lib.sh"

"$HELPERS/closeopen" . mmap 4 1500
