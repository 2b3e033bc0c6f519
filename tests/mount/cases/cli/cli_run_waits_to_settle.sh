# SPDX-License-Identifier: MIT
# about: cli: run waits for what its command left open, and promotes it
# mount: no
. "$TESTS/lib/lib.sh"

"$IDEMFS" run "$BACKING" -- bash -c '
	seq 5 | tee >(sleep 0.5; cat > late) > now
	(sleep 0.5; echo bg > background) > /dev/null 2>&1 &'
has "$BACKING/now" "$(seq 5)"
has "$BACKING/late" "$(seq 5)"
