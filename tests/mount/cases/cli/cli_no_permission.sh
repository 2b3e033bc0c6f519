# SPDX-License-Identifier: MIT
# about: cli: no permission: one line with the path, nothing changed
# mount: no
# as: nobody
. "$TESTS/lib/cli.sh"

mkdir "$BACKING/closed"
chmod 500 "$BACKING/closed"
refused "$BACKING/closed" ermi -- "$IDEMFS" mount "$BACKING/closed" "$MNT"
refused "$BACKING/closed" ermi -- "$IDEMFS" mount "$BACKING/closed"
refused "$BACKING/closed" ermi -- "$IDEMFS" run "$BACKING/closed" -- true
chmod 700 "$BACKING/closed"
