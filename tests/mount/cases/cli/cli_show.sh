# SPDX-License-Identifier: MIT
# about: cli: idemfs show prints the manifest of a mark, with and without a mount, also of one that was written to, and tells damage
# mount: no
. "$TESTS/lib/lib.sh"
"$IDEMFS" mount --run-id r "$BACKING" "$MNT"
cd "$MNT"
echo hello > f
touch .checkpoints/a.done
echo note > .checkpoints/b.done
"$IDEMFS" show "$MNT" a.done > "$TMP/a"
cmp "$TMP/a" .checkpoints/a.done
grep -q '^# name r/a.done$' "$TMP/a"
"$IDEMFS" show "$MNT" b.done > "$TMP/b"
grep -q '^# name r/b.done$' "$TMP/b"
grep -q '^# digest [0-9a-f]\{32\}$' "$TMP/b"
if grep -q note "$TMP/b"; then fail "the note is no part of the manifest"; fi
has .checkpoints/b.done note
eq "$("$IDEMFS" show --note "$MNT" b.done)" note
eq "$("$IDEMFS" show --note "$MNT" a.done)" ""
status 1 "$IDEMFS" show "$MNT" none.done 2> "$TMP/err"
grep -q 'none.done' "$TMP/err" || fail "which mark: $(cat "$TMP/err")"
cd /
"$IDEMFS" umount "$MNT"
"$IDEMFS" show "$BACKING" r/a.done | cmp - "$TMP/a"
sed -i 's/^# pid .*/# pid 1/' "$BACKING/.idemfs/marks/r/a.done"
status 1 "$IDEMFS" show "$BACKING" r/a.done > "$TMP/out" 2> "$TMP/err"
grep -q 'damaged' "$TMP/err" || fail "the damage: $(cat "$TMP/err")"
status 2 "$IDEMFS" show "$BACKING" 2> "$TMP/err"
status 1 "$IDEMFS" show "$BACKING" r 2> "$TMP/err"
