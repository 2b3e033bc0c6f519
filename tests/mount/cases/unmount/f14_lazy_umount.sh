# SPDX-License-Identifier: MIT
# about: F14: after a lazy umount a writer can finish, and is promoted
# daemon: ends
. "$TESTS/lib/lib.sh"

echo old > f
exec 5> f
echo new >&5
cd "$TMP"
"$IDEMFS" umount --lazy "$MNT"
mountpoint -q "$MNT" && fail "mounted still"
echo more >&5
exec 5>&-
promoted() { [ "$(cat "$BACKING/f")" = "new
more" ]; }
wait_until promoted
