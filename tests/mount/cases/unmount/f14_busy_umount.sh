# SPDX-License-Identifier: MIT
# about: F14: umount of a mount in use fails, names its users, and changes nothing
. "$TESTS/lib/lib.sh"

echo old > f
exec 5> f
echo new >&5
status 1 "$IDEMFS" umount "$MNT" 2> "$TMP/err"
grep -q "$$" "$TMP/err" || fail "does not name pid $$: $(cat "$TMP/err")"
[ "$(cat "$BACKING/f")" = old ] || fail "it was put in place"
exec 5>&-
has f new
