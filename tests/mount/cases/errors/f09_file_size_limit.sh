# SPDX-License-Identifier: MIT
# about: F9: RLIMIT_FSIZE ends a writer by SIGXFSZ; the old version stays
# quarantine: some
. "$TESTS/lib/lib.sh"

echo old > f
ulimit -f 100
got=0
(exec head -c 1000000 /dev/zero > f) 2> /dev/null || got=$?
[ "$got" -ne 0 ] || fail "no limit"
has f old
