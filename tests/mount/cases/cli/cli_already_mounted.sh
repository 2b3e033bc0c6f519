# SPDX-License-Identifier: MIT
# about: cli: mounting over a mount, or the backing of a living one, says which pid and host
# mount: no
. "$TESTS/lib/lib.sh"

refuses() {
	local text=$1 got=0
	shift
	"$@" > "$TMP/stdout" 2> "$TMP/stderr" || got=$?
	[ "$got" -ne 0 ] || fail "'$*' worked"
	eq "$(wc -l < "$TMP/stderr")" 1 "$(cat "$TMP/stderr")"
	grep -q -- "$text" "$TMP/stderr" || fail "no '$text': $(cat "$TMP/stderr")"
}
mkdir "$TMP/m2"
"$IDEMFS" mount "$BACKING" "$MNT"
pid=$(sed -n 's/^pid //p' "$MNT/.checkpoints/.control")
refuses "$MNT" "$IDEMFS" mount "$MNT"
refuses "$MNT" "$IDEMFS" mount "$TMP/m2" "$MNT"
refuses "$BACKING" "$IDEMFS" mount "$BACKING" "$TMP/m2"
grep -qw "$pid" "$TMP/stderr" || fail "no pid $pid: $(cat "$TMP/stderr")"
grep -qw "$(uname -n)" "$TMP/stderr" || fail "no host: $(cat "$TMP/stderr")"
refuses "$BACKING" "$IDEMFS" run "$BACKING" -- true
ls -d "$TMP/m2/.idemfs" 2> /dev/null && fail "made a state directory"
echo x > "$MNT/f"
has "$MNT/f" x
"$IDEMFS" umount "$MNT"
# Over itself, the same.
"$IDEMFS" mount "$BACKING"
refuses "$BACKING" "$IDEMFS" mount "$BACKING"
refuses "$BACKING" "$IDEMFS" run "$BACKING" -- true
"$IDEMFS" umount "$BACKING"
refuses "$BACKING" "$IDEMFS" umount "$BACKING"
