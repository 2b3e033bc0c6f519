# SPDX-License-Identifier: MIT
# about: F4: writers that replace by temp and rename among plain writers: no error ever
# options: --threads 1
# options: --threads 2
# options: --threads 8
# timeout: 600
. "$TESTS/lib/lib.sh"

mkdir -p one/two/three
"$HELPERS/hammer" names one/two/three/f 6 4 400
"$HELPERS/hammer" names top 3 6 400
