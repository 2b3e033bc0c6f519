# SPDX-License-Identifier: MIT
# about: F4: `>>` from many shells at once loses no line
# native: yes
. "$TESTS/lib/lib.sh"

seq 400 | xargs -P 8 -I{} sh -c 'echo "line {}" >> all'
eq "$(wc -l < all)" 400
seq -f 'line %g' 400 | sort | cmp - <(sort all)
