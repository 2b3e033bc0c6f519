# SPDX-License-Identifier: MIT
# about: F14: umount and run end although another mount namespace has a copy of the mount, say whose, and let go of the lock
# mount: no
# needs: root unshare
# quarantine: some
. "$TESTS/lib/lib.sh"

# copy SCRIPT: in a mount namespace of its own, which has the mount
copy() {
	mkfifo "$TMP/go"
	unshare -m --propagation private sh -c "
		$1
		touch '$TMP/up'
		read line < '$TMP/go'
		cat f > '$TMP/read' || echo dead > '$TMP/read'" \
		< /dev/null 2> /dev/null &
	other=$!
	wait_until [ -e "$TMP/up" ]
}
ended() {
	grep -q "namespace" "$TMP/err" || fail "not said: $(cat "$TMP/err")"
	grep -qw "$other" "$TMP/err" || fail "not $other: $(cat "$TMP/err")"
	if mountpoint -q "$BACKING"; then fail "mounted still"; fi
	flock -n "$BACKING/.idemfs/lock" true || fail "the lock is held still"
	echo > "$TMP/go"
	wait "$other" || true
	has "$TMP/read" dead
	rm "$TMP/go" "$TMP/up"
}

"$IDEMFS" mount "$BACKING"
cd "$BACKING"
echo whole > f
copy :
cd /
status 0 timeout 60 "$IDEMFS" umount "$BACKING" 2> "$TMP/err"
ended
has "$BACKING/f" whole
# It can be mounted again at once.
"$IDEMFS" run "$BACKING" -- sh -c 'cat f > g'
has "$BACKING/g" whole

# What is open there has --drain, and is kept.
"$IDEMFS" mount --drain 0.2 "$BACKING"
cd "$BACKING"
copy 'exec 5> half; echo part >&5'
cd /
status 1 timeout 60 "$IDEMFS" umount "$BACKING" 2> "$TMP/err"
grep -q quarantine "$TMP/err" || fail "$(cat "$TMP/err")"
ended
eq "$(partials)" 1

# So it is at the end of run, whose command has left a process behind.
export TMP
mkfifo "$TMP/go"
status 0 timeout 60 "$IDEMFS" run "$BACKING" -- bash -c '
	unshare -m --propagation private sh -c "
		touch \"$TMP/up\"; cd /; cd - > /dev/null
		read line < \"$TMP/go\"
		cat f > \"$TMP/read\" || echo dead > \"$TMP/read\"" \
		< /dev/null > /dev/null 2> /dev/null &
	echo $! > "$TMP/pid"
	while [ ! -e "$TMP/up" ]; do sleep 0.01; done' 2> "$TMP/err"
other=$(cat "$TMP/pid")
grep -q namespace "$TMP/err" || fail "not said: $(cat "$TMP/err")"
grep -qw "$other" "$TMP/err" || fail "not $other: $(cat "$TMP/err")"
if mountpoint -q "$BACKING"; then fail "mounted still"; fi
flock -n "$BACKING/.idemfs/lock" true || fail "the lock is held still"
echo > "$TMP/go"
