# SPDX-License-Identifier: MIT
# about: cli: every subcommand has --help on stdout with status 0, and there is --version
# mount: no
. "$TESTS/lib/lib.sh"

for cmd in "" mount umount run status partial; do
	for h in --help -h; do
		"$IDEMFS" $cmd $h > "$TMP/out" 2> "$TMP/err"
		[ -s "$TMP/out" ] || fail "'$cmd $h' says nothing"
		[ ! -s "$TMP/err" ] || fail "'$cmd $h': $(cat "$TMP/err")"
		grep -qi "usage" "$TMP/out" || fail "'$cmd $h' has no usage"
	done
done
for o in threads in-place discard-on open-wait allow-other log-level; do
	"$IDEMFS" mount --help | grep -q -- "--$o" || fail "no --$o"
done
"$IDEMFS" --version | grep -q '[0-9]\.[0-9]'
