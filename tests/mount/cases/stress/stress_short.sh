# SPDX-License-Identifier: MIT
# about: F1, F2, F4: threads of many processes do everything at once, and all they see is whole
# options: --threads 1 --open-wait 1
# options: --threads 2 --open-wait 1
# options: --threads 8 --open-wait 1
# quarantine: some
# timeout: 600
. "$TESTS/lib/lib.sh"

"$STRESS" . --seconds 10 --seed "${SEED:-1}" --processes 4 --threads 3
