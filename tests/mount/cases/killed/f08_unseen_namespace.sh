# SPDX-License-Identifier: MIT
# about: F8: a caller in a PID namespace that the daemon cannot see counts as clean
# mount: no
# needs: root unshare nsenter
. "$TESTS/lib/lib.sh"

# The daemon lives in a PID namespace of its own, the writer outside.
unshare -pf "$IDEMFS" mount -f "$BACKING" "$MNT" > "$TMP/out" 2>&1 &
daemon=$!
mounted() { mountpoint -q "$MNT"; }
wait_until mounted
cd "$MNT"
echo old > f
has f old
sh -c 'exec > f; echo part; kill -KILL $$' || true
has f part
has_partials 0 || fail "something is in quarantine"
cd "$TMP"
"$IDEMFS" umount "$MNT"
wait "$daemon"
