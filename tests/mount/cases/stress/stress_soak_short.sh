# SPDX-License-Identifier: MIT
# about: F14: mixed work with killed writers, round after round: what the daemon holds stays as it was (tools/soak, short)
# needs: root plain-build
# mount: no
# timeout: 240
. "$TESTS/lib/lib.sh"

"$TESTS/../../tools/soak" --idemfs "$IDEMFS" --stress "$STRESS" --dir "$TMP" \
	--seconds 12 --round 2 --seed "${SEED:-1}"
