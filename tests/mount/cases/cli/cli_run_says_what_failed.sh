# SPDX-License-Identifier: MIT
# about: cli: when something was not promoted, the last line of run says what and where
# mount: no
# quarantine: some
. "$TESTS/lib/lib.sh"

"$IDEMFS" run "$BACKING" -- sh -c 'mkdir d; sh -c "exec > d/f; echo x; kill -9 \$\$"; exit 3' \
	2> "$TMP/err" && fail "status 0"
tail -n 1 "$TMP/err" > "$TMP/last"
grep -q 'd/f' "$TMP/last" || fail "does not name d/f: $(cat "$TMP/err")"
grep -q 'partial' "$TMP/last" || fail "does not say where: $(cat "$TMP/err")"
absent "$BACKING/d/f"
has_partials 1 || fail "partials"
# When all went well it says nothing.
"$IDEMFS" run "$BACKING" -- sh -c 'echo x > g' 2> "$TMP/err"
[ ! -s "$TMP/err" ] || fail "says: $(cat "$TMP/err")"
