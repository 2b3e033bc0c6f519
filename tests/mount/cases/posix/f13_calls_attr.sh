# SPDX-License-Identifier: MIT
# about: F13: modes, owners and times are set, checked and moved as below
# needs: root
# options: --allow-other
# native: yes
. "$TESTS/lib/lib.sh"

same_calls calls_attr
