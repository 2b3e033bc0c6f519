# SPDX-License-Identifier: MIT
# about: F13: reads, writes, sizes, holes and mappings are as below
# native: yes
. "$TESTS/lib/lib.sh"

same_calls calls_data
