# SPDX-License-Identifier: MIT
# about: F14: what is mounted over an idemfs mount, or at its place by then, is never unmounted by it
# mount: no
# needs: root unshare
. "$TESTS/lib/lib.sh"

export BACKING TMP IDEMFS TESTS
unshare -m --propagation private bash -c '
	. "$TESTS/lib/lib.sh"
	# A run that ends, with something mounted over it meanwhile
	"$IDEMFS" run --drain 0.2 "$BACKING" -- sh -c "
		echo x > f; cd /; mount -t tmpfs mine \"$BACKING\"" 2> "$TMP/err" || true
	grep -q " $BACKING .* tmpfs mine " /proc/self/mountinfo || fail "run has unmounted it"
	grep -q "over it" "$TMP/err" || fail "not said: $(cat "$TMP/err")"
	umount "$BACKING"
	# What could not be taken away from below it is dead, and cleaned up.
	"$IDEMFS" umount "$BACKING" 2> "$TMP/err"
	has "$BACKING/f" x

	# A daemon that is told to end
	"$IDEMFS" mount --drain 0.2 "$BACKING"
	pid=$(sed -n "s/^pid //p" "$BACKING/.checkpoints/.control")
	mount -t tmpfs mine "$BACKING"
	kill $pid
	ended() { ! kill -0 $pid 2> /dev/null; }
	wait_until ended
	grep -q " $BACKING .* tmpfs mine " /proc/self/mountinfo || fail "the daemon has unmounted it"
	umount "$BACKING"
	"$IDEMFS" umount "$BACKING" 2> "$TMP/err"

	# umount at a place that is another filesystem by now
	mount -t tmpfs mine "$BACKING"
	status 1 "$IDEMFS" umount "$BACKING" 2> "$TMP/err"
	grep -q " $BACKING .* tmpfs mine " /proc/self/mountinfo || fail "umount has unmounted it"
	umount "$BACKING"
'
