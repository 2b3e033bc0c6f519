# SPDX-License-Identifier: MIT
# about: C8: idemfs verify of what cannot be judged: bad use, no state directory, no marks, damaged marks, marks of runs
# mount: no
. "$TESTS/lib/lib.sh"

for bad in "" "--fulll x"; do
	# shellcheck disable=SC2086
	status 2 "$IDEMFS" verify $bad > "$TMP/out" 2> "$TMP/err"
	eq "$(wc -l < "$TMP/err")" 1 "$(cat "$TMP/err")"
	[ ! -s "$TMP/out" ] || fail "$(cat "$TMP/out")"
done
status 1 "$IDEMFS" verify "$BACKING" 2> "$TMP/err"
grep -q 'never been mounted' "$TMP/err" || fail "$(cat "$TMP/err")"

"$IDEMFS" mount --run-id r "$BACKING" "$MNT"
echo 1 > "$MNT/f"
touch "$MNT/.checkpoints/a.done"
status 0 "$IDEMFS" verify "$MNT" a.done > "$TMP/out"
status 0 "$IDEMFS" verify "$MNT" r/a.done > "$TMP/out"
echo note > "$MNT/.checkpoints/noted"
status 0 "$IDEMFS" verify "$MNT" > "$TMP/out"
eq "$(cat "$TMP/out")" "1 path of 2 marks: all hold"
"$IDEMFS" umount "$MNT"
rm "$BACKING/f"
status 1 "$IDEMFS" verify "$BACKING" > "$TMP/out"
eq "$(head -n 1 "$TMP/out")" "missing f (r/a.done)"
sed -i 's/^# pid .*/# pid 1/' "$BACKING/.idemfs/marks/r/a.done"
status 1 "$IDEMFS" verify "$BACKING" > "$TMP/out"
eq "$(cat "$TMP/out")" "damaged mark r/a.done: its manifest cannot be read
0 paths of 2 marks: 1 problem"
status 1 "$IDEMFS" verify --json "$BACKING" > "$TMP/out"
python3 -c 'import json, sys
got = json.load(open(sys.argv[1]))
assert [(p["problem"], p["mark"]) for p in got["problems"]] == [
    ("damaged", "r/a.done")], got' "$TMP/out"
status 0 "$IDEMFS" verify "$BACKING" r/noted > "$TMP/out"
