# SPDX-License-Identifier: MIT
# about: F4: truncating writers, appenders and readers of one name: no error ever
# options: --threads 1
# options: --threads 2
# options: --threads 8
# timeout: 600
. "$TESTS/lib/lib.sh"

mkdir -p one/two/three
"$HELPERS/hammer" mixed one/two/three/f 6 4 400
"$HELPERS/hammer" mixed top 3 6 400
