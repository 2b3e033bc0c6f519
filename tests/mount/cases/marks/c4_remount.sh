# SPDX-License-Identifier: MIT
# about: C4: changes since the mark before are told by the next one, also after a remount and after the daemon was killed
# mount: no
. "$TESTS/lib/lib.sh"

out=$TMP/out
mkdir "$out"
told() {
	grep -E '^(# (gone|node)|[0-9a-f]{32} ) ' "$out/.checkpoints/$1" |
		sed -E 's/^# ([a-z]+) [0-9]+/\1/; s/^[0-9a-f]{32} //' | sort
}

"$IDEMFS" mount "$out"
echo 1 > "$out/told"
touch "$out/.checkpoints/a.done"
echo 2 > "$out/before"
mkdir "$out/d"
"$IDEMFS" umount "$out"

"$IDEMFS" mount -f "$out" &
daemon=$!
wait_until test -e "$out/.checkpoints"
echo 3 > "$out/d/killed"
rm "$out/told"
kill -KILL "$daemon"
wait "$daemon" || true

"$IDEMFS" mount "$out"
echo 4 > "$out/after"
touch "$out/.checkpoints/b.done"
eq "$(told b.done)" "$(printf '%s\n' ' after' ' before' ' d/killed' 'gone told' 'node dir d')"
(cd "$out" && xxhsum -c .checkpoints/b.done) || fail "xxhsum"
grep -q '^# since ' "$out/.checkpoints/b.done" || fail "since"
"$IDEMFS" umount "$out"
