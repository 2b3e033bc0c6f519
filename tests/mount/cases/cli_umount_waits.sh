# SPDX-License-Identifier: MIT
# about: umount returns when the daemon has gone, and the tree is free
# mount: no
. "$TESTS/lib/lib.sh"

for i in $(seq 10); do
	"$IDEMFS" mount "$BACKING"
	pid=$(sed -n 's/^pid //p' "$BACKING/.checkpoints/.control")
	echo "$i" > "$BACKING/f"
	"$IDEMFS" umount "$BACKING"
	if [ -e "/proc/$pid" ] && ! grep -q '^State:.*Z' "/proc/$pid/status"; then
		fail "the daemon is there still"
	fi
	has "$BACKING/f" "$i"
done
