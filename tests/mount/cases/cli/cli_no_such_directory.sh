# SPDX-License-Identifier: MIT
# about: cli: no such directory: one line with the path, nothing changed
# mount: no
. "$TESTS/lib/cli.sh"

for cmd in mount umount status; do
	refused "$TMP/missing" "no such directory" -- "$IDEMFS" $cmd "$TMP/missing"
done
refused "$TMP/missing" -- "$IDEMFS" mount "$BACKING" "$TMP/missing"
refused "$TMP/missing" -- "$IDEMFS" mount "$TMP/missing" "$MNT"
refused "$TMP/missing" -- "$IDEMFS" run "$TMP/missing" -- true
refused "$TMP/missing" -- "$IDEMFS" partial list "$TMP/missing"
[ ! -e "$TMP/missing" ] || fail "made it"
