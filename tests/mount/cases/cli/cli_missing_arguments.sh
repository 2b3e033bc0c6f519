# SPDX-License-Identifier: MIT
# about: cli: missing and superfluous arguments are one line, not a crash
# mount: no
. "$TESTS/lib/cli.sh"

refused idemfs -- "$IDEMFS"
for cmd in mount umount status partial run; do
	refused idemfs -- "$IDEMFS" $cmd
done
refused idemfs -- "$IDEMFS" mount "$BACKING" "$MNT" "$TMP"
refused idemfs -- "$IDEMFS" umount "$BACKING" "$MNT"
refused idemfs -- "$IDEMFS" run "$BACKING"
refused idemfs -- "$IDEMFS" run "$BACKING" --
refused idemfs -- "$IDEMFS" partial restore "$BACKING"
refused idemfs -- "$IDEMFS" partial drop "$BACKING" x1
refused idemfs -- "$IDEMFS" mount --threads
