# SPDX-License-Identifier: MIT
# about: F1, F2, F3, F4, F5, F6, F8: random programs of many processes, each step as the model of the contract says
# options: --open-wait 0 --threads 1
# options: --open-wait 0 --threads 2 --passthrough off
# options: --open-wait 0 --threads 8 --cache 0
# options: --open-wait 0 --discard-on failed
# options: --open-wait 0 --discard-on never
# quarantine: some
# timeout: 240
. "$TESTS/lib/lib.sh"

set -- --passthrough on
case $OPTIONS in *"--passthrough off"*) set -- --passthrough off ;; esac
case $OPTIONS in
*"--discard-on "*) set -- "$@" --discard-on "${OPTIONS##*--discard-on }" ;;
esac
"$HELPERS/model" . --partial "$BACKING/.idemfs/partial" "$@" \
	--seed "${SEED:-1}" --programs "${PROGRAMS:-12}"
