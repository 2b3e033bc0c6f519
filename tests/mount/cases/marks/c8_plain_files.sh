# SPDX-License-Identifier: MIT
# about: C8: outputs and marks are plain files, readable without a mount
# mount: no
. "$TESTS/lib/lib.sh"

"$IDEMFS" mount "$BACKING" "$MNT"
echo content > "$MNT/f"
mkdir "$MNT/.checkpoints/run"
echo a note > "$MNT/.checkpoints/run/a.done"
touch "$MNT/.checkpoints/b.done"
"$IDEMFS" umount "$MNT"
has "$BACKING/f" content
eq "$(cat "$BACKING/.idemfs/format")" "idemfs 1"
eq "$(stat -c %a "$BACKING/.idemfs")" 700
eq "$(cd "$BACKING/.idemfs/marks" && find . -type f | sort)" "./b.done
./run/a.done"
eq "$(ls -A "$BACKING" | tr '\n' ' ')" ".idemfs f "
