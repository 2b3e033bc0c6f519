# SPDX-License-Identifier: MIT
# about: C8: idemfs verify judges by the latest state that is recorded: what later steps change, rename and remove through the mount is no problem, while it is mounted and after
# mount: no
. "$TESTS/lib/lib.sh"

both() {
	status "$1" "$IDEMFS" verify "$MNT" > "$TMP/out"
	eq "$(cat "$TMP/out")" "$2" "quick, mounted"
	status "$1" "$IDEMFS" verify --full "$MNT" > "$TMP/out"
	eq "$(cat "$TMP/out")" "$2" "full, mounted"
}

"$IDEMFS" mount "$BACKING" "$MNT"
cd "$MNT"
both 0 "nothing to verify: no mark vouches for a file"
mkdir d
for f in same changed removed moved d/below; do
	echo "$f" > "$f"
done
both 0 "nothing to verify: no mark vouches for a file"
touch .checkpoints/a.done
both 0 "6 paths of 1 mark: all hold"

# What no mark tells yet is in the history.
echo other > changed
rm removed
mv moved to
mv d e
both 0 "4 paths of 1 mark: all hold"
touch .checkpoints/b.done
both 0 "5 paths of 2 marks: all hold"
echo third > same
# What only a forgotten mark told of is vouched for by no mark.
rm .checkpoints/a.done
both 0 "2 paths of 1 mark: all hold"
touch -d @5 e/below
chmod 600 to
both 0 "2 paths of 1 mark: all hold"

# Behind the back of the mount, while it is there.
echo behind >> "$BACKING/to"
both 1 "changed to (b.done): 13 bytes, were 6
2 paths of 1 mark: 1 problem"
cd /
"$IDEMFS" umount "$MNT"
status 1 "$IDEMFS" verify --full "$BACKING" > "$TMP/out"
eq "$(head -n 1 "$TMP/out")" "changed to (b.done): 13 bytes, were 6"
echo moved > "$BACKING/to"
status 1 "$IDEMFS" verify "$BACKING" > "$TMP/out"
eq "$(head -n 1 "$TMP/out")" "changed to (b.done): another time"
