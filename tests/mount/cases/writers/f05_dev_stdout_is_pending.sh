# SPDX-License-Identifier: MIT
# about: F5: what is reopened by /dev/stdout is promoted once, at the last close
. "$TESTS/lib/lib.sh"

echo old > f
{
	echo a
	sh -c 'echo b >> /dev/stdout'
	has_outside f old
	sh -c 'echo c >> /dev/fd/1'
	has_outside f old
} >> f
has f "old
a
b
c"
echo new > f
exec 3< f
echo newer > f
has /dev/fd/3 new
