# SPDX-License-Identifier: MIT
# about: C5: cat of a touched mark prints its name and time; a note reads back
. "$TESTS/lib/lib.sh"

echo output > out
touch .checkpoints/a.done
grep -q 'a\.done' .checkpoints/a.done || fail "$(cat .checkpoints/a.done)"
[ -s .checkpoints/a.done ] || fail "size 0"
eq "$(stat -c %s .checkpoints/a.done)" "$(cat .checkpoints/a.done | wc -c)"
printf 'line 1\nline 2' > .checkpoints/b.done
eq "$(cat .checkpoints/b.done; echo x)" "line 1
line 2x"
eq "$(stat -c %s .checkpoints/b.done)" 13
printf 'more' >> .checkpoints/b.done
has .checkpoints/b.done "line 1
line 2more"
t=$(stat -c %Y .checkpoints/a.done)
now=$(date +%s)
[ $((now - t)) -ge -60 ] && [ $((now - t)) -le 3600 ] || fail "time $t"
