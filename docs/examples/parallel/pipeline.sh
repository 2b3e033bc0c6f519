#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is installed on this machine, by the first letter of its name: one step
# that splits, a step a letter by xargs -P, and two steps a letter by make -j.
#
# Runs inside an idemfs mount, in the current directory.  See README.md.
#
#	SOURCE  the database to read     (/var/lib/dpkg/status)
#	JOBS    how many steps at once   (4)

here=$(cd "$(dirname "$0")" && pwd) || exit
SOURCE=${SOURCE:-/var/lib/dpkg/status}
JOBS=${JOBS:-4}
export SOURCE

idemfs step split.done -- "$here/split.sh" || exit

mkdir -p sorted || exit
find parts -type f -printf '%f\n' | xargs -P "$JOBS" -I LETTER \
	idemfs step sorted/LETTER.done -- sort -o sorted/LETTER parts/LETTER || exit

exec make -s -j "$JOBS" -f "$here/Makefile"
