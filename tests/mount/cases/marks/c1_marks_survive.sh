# SPDX-License-Identifier: MIT
# about: C1: marks are there after umount and mount, and after the daemon was killed
# mount: no
. "$TESTS/lib/lib.sh"

"$IDEMFS" mount "$BACKING" "$MNT"
echo out > "$MNT/out"
touch "$MNT/.checkpoints/a.done"
mkdir "$MNT/.checkpoints/run"
echo note > "$MNT/.checkpoints/run/b.done"
"$IDEMFS" umount "$MNT"
"$IDEMFS" mount "$BACKING" "$MNT"
[ -e "$MNT/.checkpoints/a.done" ] || fail "a.done"
has "$MNT/.checkpoints/run/b.done" note
touch "$MNT/.checkpoints/c.done"
kill -9 "$(sed -n 's/^pid //p' "$MNT/.checkpoints/.control")"
"$IDEMFS" mount "$BACKING" "$MNT"
eq "$(ls "$MNT/.checkpoints" | tr '\n' ' ')" "a.done c.done run "
has "$MNT/out" out
"$IDEMFS" umount "$MNT"
