# SPDX-License-Identifier: MIT
# about: F8: an opener that became another program by exec and is killed is discarded
# quarantine: some
. "$TESTS/lib/lib.sh"

echo old > f
sh -c 'echo part; exec sleep 60' > f &
sleep 0.2
kill -TERM $!
status 143 wait $!
has f old
wait_until has_partials 1
