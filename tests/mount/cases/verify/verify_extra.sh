# SPDX-License-Identifier: MIT
# about: C8: idemfs verify --extra names the files that no mark knows of, never idemfs' own
# mount: no
. "$TESTS/lib/lib.sh"

mkdir "$BACKING/old"
echo 1 > "$BACKING/old/file"
"$IDEMFS" mount "$BACKING" "$MNT"
echo 2 > "$MNT/known"
echo x > "$MNT/some.log"
touch "$MNT/.checkpoints/a.done"
echo 3 > "$MNT/since"
for dir in "$MNT" "$BACKING"; do
	status 0 "$IDEMFS" verify "$dir" > "$TMP/out"
	eq "$(cat "$TMP/out")" "1 path of 1 mark: all hold"
	status 1 "$IDEMFS" verify --extra "$dir" > "$TMP/out"
	eq "$(cat "$TMP/out")" "extra old/file
extra since
1 path of 1 mark: 2 problems"
done
touch "$MNT/.checkpoints/b.done"
status 1 "$IDEMFS" verify --extra --json "$MNT" > "$TMP/out"
python3 - "$TMP/out" <<'PY'
import json, sys
got = json.load(open(sys.argv[1]))
assert got["problems"] == [{"problem": "extra", "path": "old/file"}], got
PY
"$IDEMFS" umount "$MNT"
