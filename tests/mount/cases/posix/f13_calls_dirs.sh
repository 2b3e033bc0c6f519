# SPDX-License-Identifier: MIT
# about: F13: directories are read as below while they change
# needs: root
# options: --allow-other
# native: yes
. "$TESTS/lib/lib.sh"

same_calls calls_dirs
