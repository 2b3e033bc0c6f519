# SPDX-License-Identifier: MIT
# about: cli: a state directory of a newer format is refused, and left as it is
# mount: no
. "$TESTS/lib/cli.sh"

mkdir -m 700 "$BACKING/.idemfs"
echo "idemfs 2" > "$BACKING/.idemfs/format"
refused "$BACKING" 2 -- "$IDEMFS" mount "$BACKING" "$MNT"
refused "$BACKING" 2 -- "$IDEMFS" run "$BACKING" -- true
refused "$BACKING" -- "$IDEMFS" partial list "$BACKING"
echo "rubbish" > "$BACKING/.idemfs/format"
refused "$BACKING" -- "$IDEMFS" mount "$BACKING" "$MNT"
