# SPDX-License-Identifier: MIT
# about: F14: after umount returned everything closed is in the backing directory
# mount: no
. "$TESTS/lib/lib.sh"

for round in $(seq 10); do
	"$IDEMFS" mount "$BACKING" "$MNT"
	for i in $(seq 50); do echo "$round $i" > "$MNT/f$i"; done
	"$IDEMFS" umount "$MNT"
	for i in $(seq 50); do has "$BACKING/f$i" "$round $i"; done
	eq "$(ls "$BACKING/.idemfs/tmp")" ""
	mountpoint -q "$MNT" && fail "mounted still"
	flock -n "$BACKING/.idemfs/lock" true || fail "the lock is held still"
done
