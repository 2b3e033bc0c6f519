# SPDX-License-Identifier: MIT
# about: F13: opens, and calls on what is open, answer as below
# needs: root
# native: yes
. "$TESTS/lib/lib.sh"

same_calls calls_open
