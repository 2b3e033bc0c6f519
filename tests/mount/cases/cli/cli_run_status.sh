# SPDX-License-Identifier: MIT
# about: cli: run exits with its command's status, 128 + signal, 126 and 127
# mount: no
. "$TESTS/lib/lib.sh"

run() { "$IDEMFS" run "$BACKING" -- "$@"; }
after() {
	if grep -q " $BACKING " /proc/self/mountinfo; then
		fail "mounted still after $1"
	fi
	eq "$(ls -A "$BACKING/.idemfs/tmp")" "" "temps after $1"
}
for s in 0 1 7 255; do
	status $s run sh -c "exit $s"
	after "exit $s"
done
for s in KILL TERM INT SEGV; do
	status $((128 + $(kill -l $s))) run sh -c "kill -$s \$\$"
	after "SIG$s"
done
status 127 run no-such-command 2> "$TMP/err"
eq "$(wc -l < "$TMP/err")" 1
echo x > "$TMP/plain"
status 126 run "$TMP/plain" 2> "$TMP/err"
after "not executable"
eq "$(run pwd)" "$BACKING" "working directory"
eq "$(run sh -c 'cat' < "$TMP/plain")" x "stdin"
run sh -c 'echo out; echo err >&2' > "$TMP/o" 2> "$TMP/e"
has "$TMP/o" out
has "$TMP/e" err
eq "$(run printf '%s|' 'a b' '' '*')" 'a b||*|'
run sh -c 'echo x > f; touch .checkpoints/a.done'
has "$BACKING/f" x
[ -e "$BACKING/.idemfs/marks/a.done" ] || fail "no mark"
after "all"
