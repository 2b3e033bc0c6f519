# SPDX-License-Identifier: MIT
# about: cli: bad globs and option values are refused with what would be right
# mount: no
. "$TESTS/lib/cli.sh"

m() { "$IDEMFS" mount "$@" "$BACKING" "$MNT"; }
refused '[a-' -- m --in-place '[a-'
refused in-place -- m --in-place ''
refused threads -- m --threads 0
refused threads -- m --threads 65
refused threads -- m --threads two
refused threads -- m -o threads=-1
refused discard-on killed failed never -- m --discard-on sometimes
refused open-wait -- m --open-wait soon
refused open-wait -- m --open-wait -1
refused log-level debug -- m --log-level loud
refused drain -- m --drain x
refused '[a-' -- "$IDEMFS" run --in-place '[a-' "$BACKING" -- true
