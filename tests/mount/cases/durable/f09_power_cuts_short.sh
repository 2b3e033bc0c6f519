# SPDX-License-Identifier: MIT
# about: D1, D5, D8: what was promised is there after a power cut, and nothing is torn that may not be (tools/powercut, short)
# needs: root mkfs.ext4 plain-build
# mount: no
# timeout: 300
. "$TESTS/lib/lib.sh"

recorder=${HELPERS%/*}/crash/recorder
[ -x "$recorder" ] || fail "$recorder: not built"
cuts() {
	TMPDIR=$TMP "$TESTS/../../tools/powercut" --idemfs "$IDEMFS" \
		--recorder "$recorder" --fs ext4 --level checkpoint \
		--seconds 1 --writers 2 --seed "${SEED:-1}" "$@"
}
cuts --states 12
cuts --shutdown --states 3
