# SPDX-License-Identifier: MIT
# about: F3: a child of the opener is someone else: it sees the old version
. "$TESTS/lib/lib.sh"

echo old > f
{
	echo new
	has f old
	/bin/cat f
} > f
has f "new
old"
{
	if /bin/cat new 2> "$TMP/err"; then
		fail "cat found what is not there yet"
	fi
	echo made
} > new
grep -q "No such file" "$TMP/err"
has new made
