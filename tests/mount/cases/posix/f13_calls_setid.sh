# SPDX-License-Identifier: MIT
# about: F13: set-id bits go when they go below
# needs: root
# options: --allow-other
# native: yes
. "$TESTS/lib/lib.sh"

same_calls calls_setid
