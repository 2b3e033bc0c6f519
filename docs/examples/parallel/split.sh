#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the names and sizes of all packages to parts/LETTER, a file a letter.
rm -rf parts && mkdir parts &&
	awk '
		$1 == "Package:" { name = $2 }
		$1 == "Installed-Size:" {
			print name "\t" $2 > "parts/" substr(name, 1, 1)
		}' "$SOURCE"
