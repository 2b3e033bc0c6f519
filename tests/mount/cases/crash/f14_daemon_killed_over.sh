# SPDX-License-Identifier: MIT
# about: F14: the same with a mount over its own backing directory
# mount: no
# quarantine: some
. "$TESTS/lib/lib.sh"

"$IDEMFS" mount "$BACKING"
echo old > "$BACKING/f"
pid=$(sed -n 's/^pid //p' "$BACKING/.checkpoints/.control")
bash -c 'exec > "$BACKING/f"; echo part; sleep 60' &
writer=$!
pending() { "$IDEMFS" status --json "$BACKING" | grep -q '"f"'; }
wait_until pending
kill -9 "$pid"
dead() { ! stat "$BACKING" > /dev/null 2>&1; }
wait_until dead
kill -9 $writer
wait $writer || true
"$IDEMFS" mount "$BACKING"
has "$BACKING/f" old
echo new > "$BACKING/f"
has "$BACKING/f" new
"$IDEMFS" umount "$BACKING"
has "$BACKING/f" new
has_partials 1 || fail "$(partials) partials"
