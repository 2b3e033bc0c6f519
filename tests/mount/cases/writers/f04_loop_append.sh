# SPDX-License-Identifier: MIT
# about: F4: many processes that open, append, close: no line lost, none torn
# options: --threads 1
# options: --threads 2
# options: --threads 8
# timeout: 600
. "$TESTS/lib/lib.sh"

mkdir -p one/two/three
"$HELPERS/hammer" append one/two/three/f 6 4 400
"$HELPERS/hammer" append top 3 6 400
