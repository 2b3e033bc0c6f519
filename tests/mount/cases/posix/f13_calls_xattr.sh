# SPDX-License-Identifier: MIT
# about: F13: extended attributes and ACLs are as below
# needs: root
# options: --allow-other
# native: yes
. "$TESTS/lib/lib.sh"

same_calls calls_xattr
