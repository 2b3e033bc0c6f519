# SPDX-License-Identifier: MIT
# about: F4: many processes that open, update their place, close: none lost
# options: --threads 1
# options: --threads 2
# options: --threads 8
# timeout: 600
. "$TESTS/lib/lib.sh"

mkdir -p one/two/three
"$HELPERS/hammer" update one/two/three/f 6 4 400
"$HELPERS/hammer" update top 3 6 400
