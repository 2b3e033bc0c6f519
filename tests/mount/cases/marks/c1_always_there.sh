# SPDX-License-Identifier: MIT
# about: C1: .checkpoints exists, is listed, and mkdir -p and exist_ok are fine with it
. "$TESTS/lib/lib.sh"

[ -d .checkpoints ] || fail "not there"
ls -a | grep -qx '\.checkpoints' || fail "not listed"
mkdir -p .checkpoints
python3 -c 'from pathlib import Path; Path(".checkpoints").mkdir(exist_ok=True)'
python3 -c 'import os; os.makedirs(".checkpoints/run/1", exist_ok=True)'
status 1 mkdir .checkpoints 2> "$TMP/err"
grep -q "File exists" "$TMP/err" || fail "$(cat "$TMP/err")"
status 1 rmdir .checkpoints 2> "$TMP/err"
[ -d .checkpoints ] || fail "gone"
status 1 mv .checkpoints elsewhere 2> "$TMP/err"
absent elsewhere
mkdir other
status 1 mv -T other .checkpoints 2> "$TMP/err"
[ -d other ] || fail "other is gone"
touch .checkpoints/a.done
rm -rf .checkpoints 2> "$TMP/err" || true
[ -d .checkpoints ] || fail "gone after rm -rf"
eq "$(ls .checkpoints)" ""
[ ! -e "$BACKING/.checkpoints" ] || fail "a real one was made"
