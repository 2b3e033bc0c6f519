# SPDX-License-Identifier: MIT
# about: F13: many files, names of a directory, pending versions, levels, processes and marks: all is found, nothing twice, few descriptors
# mount: no
# needs: root
# options: --cache 60
# timeout: 240
. "$TESTS/lib/lib.sh"

"$TESTS/../../tools/scale" --idemfs "$IDEMFS" --dir "$TMP" \
	--only tree,directory,pending,depth,processes,manifest \
	--files 2000 --names 2000 --pending 600 --depth 100 --processes 8 \
	--operations 10 --marked 300
