# SPDX-License-Identifier: MIT
# about: F8: a child that a signal killed: promoted only if the opener closes it, or ends with 0
# needs: timeout
# quarantine: some
. "$TESTS/lib/lib.sh"

n=0
kept() {
	n=$((n + 1))
	has f old "$1"
	wait_until has_partials $n
}
half='echo half; kill -KILL $$'
program='echo half; while :; do :; done'

echo old > f
# timeout(1) opens nothing itself, but is what the shell has become.
timeout 0.3 sh -c "$program" > f || true
kept timeout
timeout -s KILL 0.3 sh -c "$program" > f || true
kept 'timeout -s KILL'
timeout --preserve-status 0.3 sh -c "$program" > f || true
kept 'timeout --preserve-status'
bash -c "set -e; exec > f; sh -c '$half'; echo never" || true
kept 'set -e'
(sh -c "$half" || exit 3) > f || true
kept 'exit 3'
env sh -c "sh -c '$half'; exit 4" > f || true
kept 'a shell that ends with an error'
python3 -c '
import subprocess, sys
subprocess.run(["sh", "-c", "echo half; kill -SEGV $$"], check=True)
' > f 2> /dev/null || true
kept 'check=True'
if [ -x /usr/bin/time ]; then
	/usr/bin/time -o /dev/null sh -c "$half" > f || true
	kept time
fi

# The opener goes on, or ends well.
{
	echo one
	sh -c 'kill -9 $$' || true
	echo two
} > f
has f "one
two"
(sh -c 'echo one; kill -9 $$' || true; echo two) > f
has f "one
two"
(sh -c 'echo one; kill -9 $$' || exit 0) > f
has f one
sh -c 'sh -c "echo one; kill -TERM \$\$"; true' > f
has f one
# All but the last program of a pipeline may die of SIGPIPE.
(exec 3> f; echo one >&3; yes | head -n 1 > /dev/null; exit 5) || true
has f one
# An error is none of a killed child.
(sh -c 'echo one; exit 7'; exit 7) > f || true
has f one
has_partials $n || fail "something else is in quarantine"
