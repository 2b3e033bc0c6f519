# SPDX-License-Identifier: MIT
# about: C8: idemfs verify finds what was deleted, edited, touched or replaced behind a mount, and only that; --full alone finds an edit that kept size, time and inode number
# mount: no
. "$TESTS/lib/lib.sh"

# found OPTIONS... STATUS WANT: what verify prints but the summary
found() {
	local want=${*: -1} code=${*: -2:1}
	set -- "${@:1:$#-2}"
	status "$code" "$IDEMFS" verify "$@" "$BACKING" > "$TMP/out"
	eq "$(sed '$d' "$TMP/out")" "$want" "verify $*"
	if [ -n "$want" ]; then
		eq "$(tail -n 1 "$TMP/out")" "9 paths of 2 marks: $(sed '$d' "$TMP/out" | wc -l) problem$plural"
	else
		eq "$(cat "$TMP/out")" "9 paths of 2 marks: all hold"
	fi
}
plural=

"$IDEMFS" mount "$BACKING" "$MNT"
mkdir "$MNT/d"
for f in deleted edited touched replaced; do
	echo "$f" > "$MNT/d/$f"
done
touch "$MNT/.checkpoints/a.done"
echo secret > "$MNT/secret"
echo same > "$MNT/same"
ln -s same "$MNT/link"
printf x > "$MNT/odd"$'\n'"name"
touch "$MNT/.checkpoints/b.done"
"$IDEMFS" umount "$MNT"
cp -a "$BACKING" "$TMP/copy"
found 0 ""
found --full 0 ""

cd "$BACKING"
rm d/deleted
found 1 "missing d/deleted (a.done)"
found --full 1 "missing d/deleted (a.done)"
plural=s
echo more >> d/edited
touch -d @1 d/touched
cp -p d/replaced new
mv new d/replaced
known="changed d/edited (a.done): 12 bytes, were 7
%schanged d/touched (a.done): another time"
replaced="changed d/replaced (a.done): another file is in its place
"
missing="missing d/deleted (a.done)
"
# The copy has the same bytes and the same time: only its number tells it.
printf -v want "$missing$known" "$replaced"
found 1 "$want"
printf -v want "$missing$known" ""
found --full 1 "$want"

touch -r secret "$TMP/time"
printf SECRET | dd of=secret conv=notrunc status=none
touch -r "$TMP/time" secret
printf -v want "$missing$known" "$replaced"
found 1 "$want"
printf -v want "$missing$known
changed secret (b.done): other bytes" ""
found --full 1 "$want"

rm link "odd"$'\n'"name"
mkdir link
printf -v want "$missing$known
changed link (b.done): another kind of file
missing odd\\\\nname (b.done)" "$replaced"
found 1 "$want"

# One mark alone
status 1 "$IDEMFS" verify --full "$BACKING" b.done > "$TMP/out"
eq "$(grep -c '(b.done)' "$TMP/out")" 3
eq "$(tail -n 1 "$TMP/out")" "4 paths of 1 mark: 3 problems"
status 1 "$IDEMFS" verify "$BACKING" none.done > "$TMP/out" 2> "$TMP/err"
grep -q 'no mark "none.done"' "$TMP/err" || fail "$(cat "$TMP/err")"
[ ! -s "$TMP/out" ] || fail "$(cat "$TMP/out")"

# For programs
status 1 "$IDEMFS" verify --full --json "$BACKING" > "$TMP/out"
python3 - "$TMP/out" <<'PY'
import json, sys
got = json.load(open(sys.argv[1]))
assert got["holds"] is False and got["full"] is True, got
assert (got["marks"], got["paths"]) == (2, 9), got
assert sorted((p["problem"], p["path"], p["mark"]) for p in got["problems"]
              ) == [("changed", "d/edited", "a.done"),
                    ("changed", "d/touched", "a.done"),
                    ("changed", "link", "b.done"),
                    ("changed", "secret", "b.done"),
                    ("missing", "d/deleted", "a.done"),
                    ("missing", "odd\nname", "b.done")], got
PY

# A copy holds by its bytes, not by its numbers.
status 0 "$IDEMFS" verify --full "$TMP/copy" > "$TMP/out"
status 1 "$IDEMFS" verify "$TMP/copy" > "$TMP/out"
