# SPDX-License-Identifier: MIT
# about: cli: umount and status of what is no idemfs mount say so
# mount: no
. "$TESTS/lib/cli.sh"

refused "$BACKING" -- "$IDEMFS" umount "$BACKING"
refused "$BACKING" -- "$IDEMFS" status "$BACKING"
refused /proc -- "$IDEMFS" umount /proc
refused /proc -- "$IDEMFS" status --json /proc
