# SPDX-License-Identifier: MIT
# about: F8: commands of a script killed by SIGKILL, SIGTERM, SIGSEGV leave old files
# quarantine: some
. "$TESTS/lib/lib.sh"

echo old > f
for sig in KILL TERM SEGV ABRT; do
	status $((128 + $(kill -l $sig))) \
		bash -c "exec > f; echo part; kill -$sig \$\$" 2> /dev/null
	has f old
done
wait_until has_partials 4
has f old
# The script goes on; so do later writes of the same name.
(sh -c 'echo part > new; exec 3> new; echo x >&3; kill -9 $$') || true
has new part
echo again > new
has new again
