# SPDX-License-Identifier: MIT
# about: cli: a run that is killed takes the mount from no other that shares it; when the last is killed, the mount goes
# mount: no
# quarantine: some
. "$TESTS/lib/lib.sh"

start() { # start NAME: a run that goes on until NAME.go is there
	rm -f "$TMP/$1.up" "$TMP/$1.go"
	"$IDEMFS" run "$BACKING" -- sh -c "
		exec > $1.out; touch '$TMP/$1.up'
		while [ ! -e '$TMP/$1.go' ]; do sleep 0.02; done
		echo whole" &
	run=$!
	wait_until [ -e "$TMP/$1.up" ]
}
runs() { sed -n 's/^runs //p' "$BACKING/.checkpoints/.control"; }
have() { [ "$(runs)" = "$1" ]; }
daemon() { sed -n 's/^pid //p' "$BACKING/.checkpoints/.control"; }

# The one that has started the daemon
start a; a=$run
start b; b=$run
pid=$(daemon)
kill -9 $a
wait $a || true
wait_until have 1
eq "$(daemon)" "$pid"
touch "$TMP/b.go"
status 0 wait $b
has "$BACKING/b.out" whole
if mountpoint -q "$BACKING"; then fail "mounted still"; fi

# The other, and then the first, which has left no process behind
start a; a=$run
start b; b=$run
kill -9 $b
wait $b || true
wait_until have 1
touch "$TMP/a.go"
status 0 wait $a
has "$BACKING/a.out" whole
if mountpoint -q "$BACKING"; then fail "mounted still"; fi

# One leaves, the last is killed: its mount is found ending, and not joined.
start a; a=$run
start b; b=$run
touch "$TMP/a.go"
status 0 wait $a
pid=$(daemon)
kill -9 $b
wait $b || true
start c; c=$run
[ "$(daemon)" != "$pid" ] || fail "joined one that was ending"
touch "$TMP/c.go"
status 0 wait $c
has "$BACKING/c.out" whole
gone() { ! mountpoint -q "$BACKING"; }
wait_until gone

# Killed together, as with kill -9 -PGID: nothing is left.
start a; a=$run
start b; b=$run
kill -9 $a $b
wait $a || true
wait $b || true
wait_until gone
unlocked() { flock -n "$BACKING/.idemfs/lock" true; }
wait_until unlocked
