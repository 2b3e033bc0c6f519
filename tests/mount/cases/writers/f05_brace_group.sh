# SPDX-License-Identifier: MIT
# about: F5: `{ a; b; } > f` is one version, whatever dups are closed on the way
. "$TESTS/lib/lib.sh"

echo old > f
{
	echo a
	has_outside f old
	/bin/echo b
	has_outside f old
	(echo c)
	has_outside f old
	/bin/echo d | cat
	cat <<- END
		e
	END
	has_outside f old
	/bin/true > /dev/null
} > f
has f "a
b
c
d
e"
