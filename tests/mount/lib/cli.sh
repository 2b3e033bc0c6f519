# SPDX-License-Identifier: MIT
# What the cases of the command line share: . "$TESTS/lib/cli.sh"
. "$TESTS/lib/lib.sh"

# What a directory holds, to see that nothing changed
tree() {
	find "$1" -printf '%P %y %m %s %T@\n' | sort
}

# refused WORD... -- COMMAND...: COMMAND fails with one line on stderr that
# has every WORD, nothing on stdout, and changes nothing below BACKING or MNT.
refused() {
	local words=() before got=0 line
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	before=$(tree "$BACKING"; tree "$MNT")
	"$@" > "$TMP/stdout" 2> "$TMP/stderr" < /dev/null || got=$?
	[ "$got" -ne 0 ] || fail "'$*' worked"
	[ "$got" -lt 126 ] || [ "$got" -eq 125 ] || fail "'$*': status $got"
	eq "$(wc -l < "$TMP/stderr")" 1 "lines on stderr of '$*': $(cat "$TMP/stderr")"
	line=$(cat "$TMP/stderr")
	for word in "${words[@]}"; do
		case $line in
		*"$word"*) ;;
		*) fail "'$*': no '$word' in: $line" ;;
		esac
	done
	[ ! -s "$TMP/stdout" ] || fail "'$*' says on stdout: $(cat "$TMP/stdout")"
	eq "$(tree "$BACKING"; tree "$MNT")" "$before" "changed by '$*'"
	if mountpoint -q "$MNT"; then fail "mounted by '$*'"; fi
	return 0
}
