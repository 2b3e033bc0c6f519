# SPDX-License-Identifier: MIT
# about: F8: with --discard-on failed, `timeout 1 cmd > f` is not promoted either
# options: --discard-on failed
# quarantine: some
. "$TESTS/lib/lib.sh"

echo old > f
# Here timeout itself is the opener; it exits with 124.
status 124 timeout 0.3 bash -c 'echo part; sleep 60' > f
has f old
wait_until has_partials 1
