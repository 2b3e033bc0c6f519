# SPDX-License-Identifier: MIT
# about: cli: unknown options and subcommands are named, with the nearest that exists
# mount: no
. "$TESTS/lib/cli.sh"

refused stauts status -- "$IDEMFS" stauts "$BACKING"
refused monut mount -- "$IDEMFS" monut "$BACKING" "$MNT"
refused --treads --threads -- "$IDEMFS" mount --treads 2 "$BACKING" "$MNT"
refused inplace in-place -- "$IDEMFS" mount --inplace '*.db' "$BACKING" "$MNT"
refused treads threads -- "$IDEMFS" mount -o treads=2 "$BACKING" "$MNT"
refused --jsno --json -- "$IDEMFS" status --jsno "$BACKING"
refused lst list -- "$IDEMFS" partial lst "$BACKING"
refused zzzzzzzz -- "$IDEMFS" zzzzzzzz
refused --zzzzzzzz -- "$IDEMFS" mount --zzzzzzzz "$BACKING" "$MNT"
