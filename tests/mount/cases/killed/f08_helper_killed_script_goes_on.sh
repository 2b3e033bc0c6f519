# SPDX-License-Identifier: MIT
# about: F8: a helper that inherited the descriptor is killed, the script goes on: promoted
. "$TESTS/lib/lib.sh"

echo old > f
{
	echo one
	sh -c 'echo two; kill -KILL $$' || true
	sh -c 'echo three; kill -TERM $$' || true
	timeout 0.2 sleep 60 || true
	has_outside f old
	echo four
} > f
has f "one
two
three
four"
exec 7> g
echo start >&7
(kill -9 "$BASHPID") || true
sleep 60 7>&7 &
kill -9 $!
wait || true
echo end >&7
exec 7>&-
has g "start
end"
has_partials 0 || fail "something is in quarantine"
