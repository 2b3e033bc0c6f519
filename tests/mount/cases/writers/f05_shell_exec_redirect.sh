# SPDX-License-Identifier: MIT
# about: F5: `exec > f` keeps f pending through all commands until it is undone
. "$TESTS/lib/lib.sh"

echo old > f
exec 3>&1 > f
echo one
/bin/echo two
has f "one
two"
has_outside f old
exec >&3 3>&-
has f "one
two"
exec 4<> f
echo changed >&4
has f "changed"
has_outside f "one
two"
exec 4>&-
has f "changed" 
