# SPDX-License-Identifier: MIT
# about: F14: umount(8) or fusermount3 -u settles too, and the daemon ends with 0
# daemon: ends
. "$TESTS/lib/lib.sh"

for i in $(seq 200); do echo "$i" > "f$i"; done
cd "$TMP"
if [ "$(id -u)" -eq 0 ]; then
	umount "$MNT"
else
	fusermount3 -u "$MNT"
fi
gone() { ! kill -0 "$DAEMON" 2> /dev/null || grep -q '^State:.*Z' "/proc/$DAEMON/status"; }
wait_until gone
for i in $(seq 200); do has "$BACKING/f$i" "$i"; done
