# SPDX-License-Identifier: MIT
# about: mount -t fuse.idemfs works, and -o ro is read only
# mount: no
# needs: root
. "$TESTS/lib/lib.sh"

# mount(8) hands over to mount.fuse3, which looks for the program in PATH.
[ -x /sbin/mount.fuse3 ] || [ -x /usr/sbin/mount.fuse3 ] ||
	skip "needs mount.fuse3"
mkdir "$TMP/bin"
ln -s "$IDEMFS" "$TMP/bin/idemfs"
PATH=$TMP/bin:$PATH mount -t fuse.idemfs -o threads=2 "$BACKING" "$MNT"
mountpoint -q "$MNT" || fail "not mounted"
echo x > "$MNT/f"
"$IDEMFS" umount "$MNT"
"$IDEMFS" mount -o ro "$BACKING" "$MNT"
has "$MNT/f" x
(echo y > "$MNT/f") 2> "$TMP/err" && fail "wrote on a read-only mount"
grep -qi "read-only" "$TMP/err" || fail "$(cat "$TMP/err")"
"$IDEMFS" umount "$MNT"
has "$BACKING/f" x
