# SPDX-License-Identifier: MIT
# about: D1: when the daemon is killed, each name holds a complete version, and marks are true (tools/killloop, short)
# needs: /dev/fuse
# mount: no
# timeout: 300
. "$TESTS/lib/lib.sh"

TMPDIR=$TMP "$TESTS/../../tools/killloop" --idemfs "$IDEMFS" \
	--rounds 12 --seed "${SEED:-1}"
