# SPDX-License-Identifier: MIT
# about: cli: mount -t fuse.idemfs works, and -o ro is read only
# mount: no
# needs: root unshare
. "$TESTS/lib/lib.sh"

[ -x /sbin/mount.fuse3 ] || [ -x /usr/sbin/mount.fuse3 ] ||
	skip "needs mount.fuse3, which is not installed"
# mount(8) looks for the program where it is installed.
export BACKING MNT TMP IDEMFS TESTS
unshare -m bash -c '
	. "$TESTS/lib/lib.sh"
	mount --make-rprivate /
	mount -t tmpfs tmpfs /usr/local/bin
	cp "$IDEMFS" /usr/local/bin/idemfs
	mount -t fuse.idemfs -o threads=2 "$BACKING" "$MNT"
	mountpoint -q "$MNT" || fail "not mounted"
	echo x > "$MNT/f"
	umount "$MNT"
'
has "$BACKING/f" x
"$IDEMFS" mount -o ro "$BACKING" "$MNT"
has "$MNT/f" x
(echo y > "$MNT/f") 2> "$TMP/err" && fail "wrote on a read-only mount"
grep -qi "read-only" "$TMP/err" || fail "$(cat "$TMP/err")"
"$IDEMFS" umount "$MNT"
has "$BACKING/f" x
