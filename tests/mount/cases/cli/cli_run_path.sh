# SPDX-License-Identifier: MIT
# about: cli: run has its own directory on PATH for its command, behind all others, once
# mount: no
. "$TESTS/lib/lib.sh"

own=$(dirname "$(realpath "$IDEMFS")")
mkdir "$TMP/bin"
printf '#!/bin/sh\necho mine\n' > "$TMP/bin/idemfs"
chmod +x "$TMP/bin/idemfs"

# cron's: neither idemfs nor any of its steps would be found
env -i PATH=/usr/bin:/bin "$IDEMFS" run "$BACKING" -- \
	sh -c 'idemfs step made.done -- sh -c "echo made > f"; echo "$PATH" > path'
has "$BACKING/f" made
has "$BACKING/path" "/usr/bin:/bin:$own"
# What the caller has there comes first.
PATH=$TMP/bin:$PATH "$IDEMFS" run "$BACKING" -- sh -c 'idemfs > f'
has "$BACKING/f" mine
PATH=$own:/usr/bin:/bin "$IDEMFS" run "$BACKING" -- sh -c 'echo "$PATH" > path'
has "$BACKING/path" "$own:/usr/bin:/bin"
# COMMAND itself is found there; an empty PATH, or none, stays what it means.
env -i "$IDEMFS" run "$BACKING" -- idemfs --version > "$TMP/version"
eq "$(cat "$TMP/version")" "$("$IDEMFS" --version)"
