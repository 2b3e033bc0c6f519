# SPDX-License-Identifier: MIT
# about: cli: a dead mount is cleaned up by mount, by run and by umount
# mount: no
. "$TESTS/lib/lib.sh"

dead() { ! stat "$MNT" > /dev/null 2>&1; }
alive=$BACKING
kill_mount() {
	"$IDEMFS" mount "$BACKING" "$MNT"
	kill -9 "$(sed -n 's/^pid //p' "$MNT/.checkpoints/.control")"
	wait_until dead
}
kill_mount
"$IDEMFS" mount "$BACKING" "$MNT"
echo x > "$MNT/f"
"$IDEMFS" umount "$MNT"
has "$alive/f" x
kill_mount
"$IDEMFS" umount "$MNT"
stat "$MNT" > "$TMP/stat"
mountpoint -q "$MNT" && fail "mounted still"
# Over itself, and with run.
"$IDEMFS" mount "$BACKING"
kill -9 "$(sed -n 's/^pid //p' "$BACKING/.checkpoints/.control")"
"$IDEMFS" run "$BACKING" -- sh -c 'echo y > f'
has "$BACKING/f" y
grep -c " $BACKING " /proc/self/mountinfo && fail "mounted still"
exit 0
