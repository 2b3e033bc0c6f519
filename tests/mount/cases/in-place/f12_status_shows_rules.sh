# SPDX-License-Identifier: MIT
# about: F12: status shows the rules
# options: --in-place *.db --in-place !b/*.db
. "$TESTS/lib/lib.sh"

for how in "" --json; do
	"$IDEMFS" status $how "$MNT" > "$TMP/status"
	for rule in '\*\.db' '!b/\*\.db' '\*\.log'; do
		grep -q -- "$rule" "$TMP/status" || fail "no $rule in status $how"
	done
done
