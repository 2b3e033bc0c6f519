# SPDX-License-Identifier: MIT
# about: C1: a .gitignore in a real .checkpoints is no mark, and is not in the way of its import
# mount: no
. "$TESTS/lib/lib.sh"
mkdir "$BACKING/.checkpoints"
echo '*' > "$BACKING/.checkpoints/.gitignore"
touch "$BACKING/.checkpoints/a.done"
"$IDEMFS" mount "$BACKING" "$MNT"
got=$(ls -A "$MNT/.checkpoints")
has "$MNT/.checkpoints/.gitignore" '*'
"$IDEMFS" umount "$MNT"
eq "$got" a.done
absent "$BACKING/.checkpoints"
