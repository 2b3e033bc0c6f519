# SPDX-License-Identifier: MIT
# about: C3: `exec > out.log` does not hold marks, for *.log is in place
# options: --open-wait 0.5
. "$TESTS/lib/lib.sh"

exec 3>&1 > out.log 2>&1
echo step one
echo result > result
touch .checkpoints/one.done
[ -e .checkpoints/one.done ] || fail "no mark"
echo step two
has out.log "step one
step two"
exec >&3 2>&3
# With another name it is an open version.
exec 4> out.txt
echo x >&4
status 1 touch .checkpoints/two.done 2> "$TMP/err"
grep -q "busy" "$TMP/err" || fail "$(cat "$TMP/err")"
absent .checkpoints/two.done
exec 4>&-
touch .checkpoints/two.done
