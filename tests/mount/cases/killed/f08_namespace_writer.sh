# SPDX-License-Identifier: MIT
# about: F8: a writer killed in a PID namespace below the daemon's is discarded
# needs: root unshare
# quarantine: some
. "$TESTS/lib/lib.sh"

echo old > f
unshare -pf --mount-proc sh -c '
	sh -c "exec > f; echo part; kill -KILL \$\$" || true
	sh -c "exec > g; echo fine" '
has f old
has g fine
wait_until has_partials 1
# The end of a namespace kills all in it.
unshare -pf --mount-proc --kill-child sh -c '
	sh -c "exec > f; echo part; sleep 60" &
	sleep 0.3; exit 0'
has f old
wait_until has_partials 2
