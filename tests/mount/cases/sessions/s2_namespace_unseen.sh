# SPDX-License-Identifier: MIT
# about: S2: a step whose process the daemon cannot see runs, and changes for nobody; its mark says so, and it never gets the changes of another
# mount: no
# needs: root unshare
. "$TESTS/lib/lib.sh"

# The daemon lives in a PID namespace of its own, the steps outside.
unshare -pf "$IDEMFS" mount -f "$BACKING" "$MNT" > "$TMP/out" 2>&1 &
daemon=$!
mounted() { mountpoint -q "$MNT"; }
wait_until mounted
cd "$MNT"
marks=$BACKING/.idemfs/marks
files() { sed -n 's/^[0-9a-f]\{32\}  //p' "$marks/$1" | sort | tr '\n' ' '; }

echo 1 > before
"$IDEMFS" step one -- sh -c 'echo 1 > one.1'
grep -q '^# scope time$' "$marks/one"
eq "$(files one)" "before one.1 "
status 3 "$IDEMFS" session -- sh -c 'echo 1 > two.1; exit 3'
status 4 "$IDEMFS" step two -- sh -c 'exit 4'
absent .checkpoints/two
touch .checkpoints/rest
grep -q '^# scope time$' "$marks/rest"
eq "$(files rest)" "two.1 "
cd "$TMP"
"$IDEMFS" umount "$MNT"
wait "$daemon"
