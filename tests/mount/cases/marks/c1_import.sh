# SPDX-License-Identifier: MIT
# about: C1: a real .checkpoints is imported at the first mount, notes and times too
# mount: no
. "$TESTS/lib/lib.sh"

mkdir -p "$BACKING/.checkpoints/run1"
touch -d @1000000000 "$BACKING/.checkpoints/fetch.done"
echo "a note" > "$BACKING/.checkpoints/sort.done"
touch "$BACKING/.checkpoints/run1/x.done"
"$IDEMFS" mount "$BACKING" "$MNT"
check() {
	eq "$(cd "$MNT/.checkpoints" && find . -type f | sort | tr '\n' ' ')" \
		"./fetch.done ./run1/x.done ./sort.done "
	eq "$(stat -c %Y "$MNT/.checkpoints/fetch.done")" 1000000000
	has "$MNT/.checkpoints/sort.done" "a note"
}
check
rm "$MNT/.checkpoints/run1/x.done"
rmdir "$MNT/.checkpoints/run1"
touch "$MNT/.checkpoints/run1.done"
"$IDEMFS" umount "$MNT"
# Forgotten marks do not come back at the next mount.
"$IDEMFS" mount "$BACKING" "$MNT"
absent "$MNT/.checkpoints/run1/x.done"
[ -e "$MNT/.checkpoints/run1.done" ] || fail "a mark is lost"
[ -e "$MNT/.checkpoints/fetch.done" ] || fail "an imported mark is lost"
"$IDEMFS" umount "$MNT"
