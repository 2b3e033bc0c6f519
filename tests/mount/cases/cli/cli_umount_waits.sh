# SPDX-License-Identifier: MIT
# about: cli: umount returns when the daemon has gone, and the tree is free
# mount: no
. "$TESTS/lib/lib.sh"

for i in $(seq 10); do
	"$IDEMFS" mount "$BACKING"
	pid=$(sed -n 's/^pid //p' "$BACKING/.checkpoints/.control")
	echo "$i" > "$BACKING/f"
	"$IDEMFS" umount "$BACKING"
	# One that its parent has not waited for yet has gone.
	state=$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status" 2> /dev/null || true)
	case $state in
	'' | Z | X) ;;
	*) fail "the daemon is there still: $state" ;;
	esac
	has "$BACKING/f" "$i"
done
