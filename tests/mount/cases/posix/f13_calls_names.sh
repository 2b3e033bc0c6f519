# SPDX-License-Identifier: MIT
# about: F13: calls that make, link, rename and remove names answer as below
# needs: root
# native: yes
. "$TESTS/lib/lib.sh"

same_calls calls_names
