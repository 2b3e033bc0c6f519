# SPDX-License-Identifier: MIT
# about: cli: not a directory: one line with the path, nothing changed
# mount: no
. "$TESTS/lib/cli.sh"

echo x > "$TMP/file"
for cmd in "mount" "umount" "status" "partial list"; do
	refused "$TMP/file" -- "$IDEMFS" $cmd "$TMP/file"
done
refused "$TMP/file" -- "$IDEMFS" mount "$BACKING" "$TMP/file"
refused "$TMP/file" -- "$IDEMFS" mount "$TMP/file" "$MNT"
refused "$TMP/file" -- "$IDEMFS" run "$TMP/file" -- true
has "$TMP/file" x
