# SPDX-License-Identifier: MIT
# about: cli: a second run on a directory joins the mount of the first; the last to leave unmounts
# mount: no
. "$TESTS/lib/lib.sh"

start() { # start NAME OPTION... : a run that goes on until NAME.go is there
	local name=$1
	shift
	"$IDEMFS" run "$@" "$BACKING" -- sh -c "
		echo \$PPID > $name.pid; echo $name > $name.out
		touch '$TMP/$name.up'
		while [ ! -e '$TMP/$name.go' ]; do sleep 0.02; done
		echo late > $name.late" &
	run=$!
	wait_until [ -e "$TMP/$name.up" ]
}
finish() { # finish NAME PID
	touch "$TMP/$1.go"
	status 0 wait "$2"
}
runs() { sed -n 's/^runs //p' "$BACKING/.checkpoints/.control"; }
daemon() { sed -n 's/^pid //p' "$BACKING/.checkpoints/.control"; }

# The first ends first: the second goes on in the same mount, and ends it.
start a; a=$run
pid=$(daemon)
start b; b=$run
eq "$(runs)" 2
eq "$(daemon)" "$pid"
finish a $a
eq "$(runs)" 1
eq "$(daemon)" "$pid" "the daemon that the first has started"
has "$BACKING/a.late" late
finish b $b
if mountpoint -q "$BACKING"; then fail "mounted still"; fi
flock -n "$BACKING/.idemfs/lock" true || fail "the lock is held still"
has "$BACKING/b.late" late

# And the other way round; a third comes when one has left.
rm "$TMP"/*.go "$TMP"/*.up
start a; a=$run
start b; b=$run
finish b $b
start c; c=$run
eq "$(runs)" 2
finish a $a
eq "$(runs)" 1
finish c $c
if mountpoint -q "$BACKING"; then fail "mounted still"; fi

# The exit status of each is its own.
rm "$TMP"/*.go "$TMP"/*.up
start a; a=$run
status 7 "$IDEMFS" run "$BACKING" -- sh -c 'exit 7'
status 127 "$IDEMFS" run "$BACKING" -- no-such-command 2> "$TMP/err"

# A step that one is at is waited for by the other, and then skipped.
"$IDEMFS" run "$BACKING" -- "$IDEMFS" step s.done sh -c \
	"touch '$TMP/step.up'; while [ ! -e '$TMP/step.go' ]; do sleep 0.02; done; echo 1 >> '$TMP/steps'" 2> "$TMP/err" &
one=$!
wait_until [ -e "$TMP/step.up" ]
"$IDEMFS" run "$BACKING" -- "$IDEMFS" step s.done sh -c "echo 2 >> '$TMP/steps'" 2> "$TMP/err2" &
two=$!
wait_until grep -q waiting "$TMP/err2"
touch "$TMP/step.go"
status 0 wait $one
status 0 wait $two
has "$TMP/steps" 1
grep -q skipped "$TMP/err2" || fail "$(cat "$TMP/err2")"

# Options must agree; it is told which do not.
refused() {
	local word=$1
	shift
	status 125 "$IDEMFS" run "$@" "$BACKING" -- touch "$TMP/ran" 2> "$TMP/err"
	eq "$(wc -l < "$TMP/err")" 1 "$(cat "$TMP/err")"
	grep -q -e "$word" "$TMP/err" || fail "no '$word': $(cat "$TMP/err")"
	absent "$TMP/ran"
}
refused '--in-place' --in-place '*.db'
refused '--durability, --in-place' --durability close --in-place none
refused '-o\.' -o noexec
refused '--run-id' --run-id x
refused 'process' --no-join
refused 'not both' --no-join --wait
eq "$(runs)" 1
# A mount that was made otherwise is there for longer, and is not joined.
finish a $a
"$IDEMFS" mount "$BACKING"
refused 'already an idemfs mount'
"$IDEMFS" umount "$BACKING"
# mount does not join either.
rm "$TMP"/*.go "$TMP"/*.up
start a --in-place '*.db' --drain 3; a=$run
status 1 "$IDEMFS" mount "$BACKING" 2> "$TMP/err"
grep -q "idemfs run" "$TMP/err" || fail "$(cat "$TMP/err")"
# The same options said otherwise.
status 0 "$IDEMFS" run -o 'drain=3s,in_place=*.db' "$BACKING" -- true
# --wait has a mount of its own, whatever the options.
"$IDEMFS" run --wait --threads 1 "$BACKING" -- sh -c 'sed -n "s/^pid //p" .checkpoints/.control; ls *.late' > "$TMP/waited" 2> "$TMP/err" &
waits=$!
pid=$(daemon)
wait_until grep -q waiting "$TMP/err"
[ ! -s "$TMP/waited" ] || fail "did not wait"
finish a $a
status 0 wait $waits
[ "$(head -n 1 "$TMP/waited")" != "$pid" ] || fail "joined"
grep -q a.late "$TMP/waited" || fail "before the first had ended"
if mountpoint -q "$BACKING"; then fail "mounted still"; fi
