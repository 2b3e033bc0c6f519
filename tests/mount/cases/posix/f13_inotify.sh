# SPDX-License-Identifier: MIT
# about: F13: inotify tells of names that change through the mount
# needs: inotifywait
. "$TESTS/lib/lib.sh"

mkdir d
inotifywait -m -q -e create,delete,moved_to,close_write --format '%e %f' d \
	> "$TMP/events" 2> "$TMP/err" &
watcher=$!
watches() { grep -q inotify "/proc/$watcher/fdinfo/"* 2> /dev/null; }
wait_until watches
echo x > d/f
mv d/f d/g
rm d/g
heard() { grep -q "DELETE g" "$TMP/events"; }
wait_until heard
kill $watcher
grep -q "CLOSE_WRITE.* f" "$TMP/events" || fail "no CLOSE_WRITE"
grep -q "MOVED_TO g" "$TMP/events" || fail "no MOVED_TO"
wait $watcher || true
