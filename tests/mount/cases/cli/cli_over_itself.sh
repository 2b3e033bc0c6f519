# SPDX-License-Identifier: MIT
# about: cli: a mount over its own directory shows what was there, and umount what is new
# mount: over
. "$TESTS/lib/lib.sh"

echo x > f
mkdir d
echo y > d/g
touch .checkpoints/a.done
has f x
absent .idemfs
eq "$(ls -A | tr '\n' ' ')" ".checkpoints d f "
"$IDEMFS" status . > "$TMP/status"
"$IDEMFS" partial list . > "$TMP/list"
