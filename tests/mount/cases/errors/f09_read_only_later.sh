# SPDX-License-Identifier: MIT
# about: F9: promotion that fails is logged, counted, kept, and fails the next mark
# mount: no
# needs: root
# log: errors
# quarantine: some
. "$TESTS/lib/lib.sh"

mkdir "$BACKING/d"
echo old > "$BACKING/d/f"
"$IDEMFS" mount "$BACKING" "$MNT"
cd "$MNT"
exec 5> d/f
echo new >&5
# No name can be changed in this directory any more, not by root either.
if ! chattr +i "$BACKING/d" 2> /dev/null; then
	exec 5>&-
	cd "$TMP"
	"$IDEMFS" umount "$MNT"
	skip "no immutable flag on this filesystem"
fi
exec 5>&- || true
undo() { chattr -i "$BACKING/d"; }
trap undo EXIT
has d/f old
wait_until has_partials 1
if touch .checkpoints/x.done 2> "$TMP/err"; then
	fail "a mark was made after a promotion failed"
fi
absent .checkpoints/x.done
undo
trap - EXIT
echo new > d/f
has d/f new
touch .checkpoints/x.done
[ -e .checkpoints/x.done ] || fail "no mark"
cd "$TMP"
"$IDEMFS" status "$MNT" > status
"$IDEMFS" umount "$MNT"
grep -q 'd/f' "$BACKING/.idemfs/log" || fail "the log does not name it"
