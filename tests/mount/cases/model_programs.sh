# SPDX-License-Identifier: MIT
# about: short programs of many processes, each step as the model of the contract says
# options: --passthrough off
# options: --threads 1
# options: --threads 8
# quarantine: some
. "$TESTS/lib/lib.sh"

"$HELPERS/model" . --partial "$BACKING/.idemfs/partial" \
	"$TESTS"/../model/programs/*
