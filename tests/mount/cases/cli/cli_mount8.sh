# SPDX-License-Identifier: MIT
# about: cli: called as mount(8) does, and with -o and --key=value, it is the same
# mount: no
. "$TESTS/lib/lib.sh"

check() {
	"$IDEMFS" status --json "$MNT" > "$TMP/status"
	grep -q '"threads": *3' "$TMP/status" || fail "threads: $(cat "$TMP/status")"
	grep -q '"never"' "$TMP/status" || fail "discard-on"
	grep -qF '*.db' "$TMP/status" || fail "in-place"
	echo x > "$MNT/f"
	has "$MNT/f" x
	has "$BACKING/f" x
	"$IDEMFS" umount "$MNT"
}
"$IDEMFS" "$BACKING" "$MNT" -o "rw,threads=3,discard-on=never,in-place=*.db"
check
"$IDEMFS" mount --threads=3 --discard-on=never --in-place='*.db' "$BACKING" "$MNT"
check
"$IDEMFS" mount -o threads=3 -o discard_on=never,in_place=*.db "$BACKING" "$MNT"
check
"$IDEMFS" mount "$BACKING" "$MNT" --threads 3 --discard-on never --in-place '*.db'
check
