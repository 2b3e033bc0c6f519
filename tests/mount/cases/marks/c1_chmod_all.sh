# SPDX-License-Identifier: MIT
# about: C1: after a change of modes and owners of all there is, it can be mounted again
# mount: no
# needs: root
. "$TESTS/lib/lib.sh"

"$IDEMFS" mount "$BACKING" "$MNT"
echo x > "$MNT/file"
touch "$MNT/.checkpoints/a.done"
chmod -R g+w "$MNT"
chown -R 1000:1000 "$MNT"
"$IDEMFS" umount "$MNT"
"$IDEMFS" mount "$BACKING" "$MNT"
[ -e "$MNT/.checkpoints/a.done" ]
touch "$MNT/.checkpoints/b.done"
has "$MNT/file" x
"$IDEMFS" umount "$MNT"
