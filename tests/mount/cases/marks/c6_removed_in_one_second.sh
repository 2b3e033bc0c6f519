# SPDX-License-Identifier: MIT
# about: C6: marks are removed and made anew by runs that follow one another within a second
# mount: no
. "$TESTS/lib/lib.sh"

for i in 1 2 3 4 5 6; do
	"$IDEMFS" run "$BACKING" -- sh -c 'echo x > f; touch .checkpoints/a'
	"$IDEMFS" run "$BACKING" -- rm .checkpoints/a
done
