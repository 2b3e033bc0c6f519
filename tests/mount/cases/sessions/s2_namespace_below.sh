# SPDX-License-Identifier: MIT
# about: S1, S2: what runs in a PID namespace below the daemon's is seen, and is the step's that it was started by, or that was started in it
# needs: root unshare
. "$TESTS/lib/lib.sh"

"$IDEMFS" step around -- unshare -pf --mount-proc sh -c '
	echo 1 > around.1; (setsid sh -c "echo 2 > around.2" &)
	until [ -e around.2 ]; do :; done'
marks=$BACKING/.idemfs/marks
grep -q '^# scope session around$' "$marks/around"
eq "$(sed -n 's/^[0-9a-f]\{32\}  //p' "$marks/around" | tr '\n' ' ')" \
	"around.1 around.2 "

echo 1 > outside
unshare -pf --mount-proc "$IDEMFS" step within -- sh -c 'echo 1 > within.1'
grep -q '^# scope session within$' "$marks/within"
eq "$(sed -n 's/^[0-9a-f]\{32\}  //p' "$marks/within")" "within.1"
