# SPDX-License-Identifier: MIT
# about: cli: status and umount of a mount whose daemon is stopped end within a bound and say so; a backing directory that is gone is told
# mount: no
. "$TESTS/lib/lib.sh"

"$IDEMFS" mount "$BACKING" "$MNT"
pid=$(sed -n 's/^pid //p' "$MNT/.checkpoints/.control")
kill -STOP "$pid"
# Each waits by itself, so they wait together.
timeout 60 "$IDEMFS" status "$MNT" > "$TMP/out" 2> "$TMP/err1" & one=$!
timeout 60 "$IDEMFS" status --watch "$MNT" > "$TMP/out" 2> "$TMP/err2" & two=$!
timeout 60 "$IDEMFS" umount "$MNT" 2> "$TMP/err3" & three=$!
status 1 wait $one
status 1 wait $two
status 1 wait $three
for n in 1 2 3; do
	eq "$(wc -l < "$TMP/err$n")" 1 "$(cat "$TMP/err$n")"
	grep -q "$MNT.*does not answer" "$TMP/err$n" || fail "$(cat "$TMP/err$n")"
done
status 0 timeout 60 "$IDEMFS" umount --lazy "$MNT"
if mountpoint -q "$MNT"; then fail "mounted still"; fi
kill -CONT "$pid"
ended() { ! kill -0 "$pid" 2> /dev/null; }
wait_until ended

# The backing directory has been removed.
mkdir "$TMP/gone"
"$IDEMFS" mount "$TMP/gone" "$MNT"
wait_until test -e "$TMP/gone/.idemfs/format"
"$IDEMFS" status "$MNT" > "$TMP/out"
grep -q "removed" "$TMP/out" && fail "$(cat "$TMP/out")"
removed() { rm -rf "$TMP/gone" 2> "$TMP/err" && [ ! -e "$TMP/gone" ]; }
wait_until removed
"$IDEMFS" status "$MNT" > "$TMP/out"
grep -q "$TMP/gone.*removed" "$TMP/out" || fail "$(cat "$TMP/out")"
"$IDEMFS" umount "$MNT" 2> "$TMP/err" || true
if mountpoint -q "$MNT"; then fail "mounted still"; fi
