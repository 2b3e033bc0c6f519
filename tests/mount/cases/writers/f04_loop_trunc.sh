# SPDX-License-Identifier: MIT
# about: F4: many truncating writers and readers of one name: whole, and no error ever
# options: --threads 1
# options: --threads 2
# options: --threads 8
# timeout: 600
. "$TESTS/lib/lib.sh"

mkdir -p one/two/three
"$HELPERS/hammer" trunc one/two/three/f 6 4 400
"$HELPERS/hammer" trunc top 3 6 400
