# SPDX-License-Identifier: MIT
# about: F8: what timeout(1) kills inside is not promoted
# quarantine: some
. "$TESTS/lib/lib.sh"

echo old > f
# The opener is the process that is killed.
status 124 timeout 0.3 bash -c 'exec > f; echo part; while :; do :; done'
has f old
wait_until has_partials 1
status 137 timeout -s KILL 0.3 bash -c 'exec > f; echo part; sleep 60' || true
has f old
wait_until has_partials 2
grep -l SIGTERM "$BACKING"/.idemfs/partial/*.txt > /dev/null ||
	fail "no record names SIGTERM"
