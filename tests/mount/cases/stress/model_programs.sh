# SPDX-License-Identifier: MIT
# about: F1, F2, F3, F4, F5, F6, F8: short programs of many processes, each step as the model of the contract says
# options: --open-wait 0 --passthrough off
# options: --open-wait 0 --threads 1
# options: --open-wait 0 --threads 8
# quarantine: some
. "$TESTS/lib/lib.sh"

"$HELPERS/model" . --partial "$BACKING/.idemfs/partial" \
	"$TESTS"/../model/programs/*
