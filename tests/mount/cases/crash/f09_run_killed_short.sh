# SPDX-License-Identifier: MIT
# about: D1: when idemfs run is killed, the next is not refused, and marks are true (tools/killloop --run, short)
# needs: /dev/fuse
# mount: no
# timeout: 300
. "$TESTS/lib/lib.sh"

TMPDIR=$TMP "$TESTS/../../tools/killloop" --idemfs "$IDEMFS" \
	--run --rounds 8 --seed "${SEED:-1}"
