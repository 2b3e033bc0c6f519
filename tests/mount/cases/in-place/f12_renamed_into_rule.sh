# SPDX-License-Identifier: MIT
# about: F12: a rename into or out of a rule changes how the next open writes
. "$TESTS/lib/lib.sh"

echo old > f
mv f f.log
exec 5>> f.log
echo more >&5
has_outside f.log "old
more"
exec 5>&-
mv f.log f
exec 5>> f
echo last >&5
has_outside f "old
more"
exec 5>&-
has f "old
more
last"
