#!/bin/sh
# SPDX-License-Identifier: MIT
#
# usage: watch.sh DIR REFERENCE
#
# A reader that keeps looking while a pipeline writes: each file of REFERENCE
# must be absent from DIR, or there as a whole.  Ends at SIGTERM with a line of
# counts: looks, whole, absent, torn, and the name of the last torn file.

dir=$1 reference=$2
looks=0 whole=0 absent=0 torn=0 last=
trap 'echo "$looks $whole $absent $torn $last"; exit 0' TERM

# A database is compared by what it says: its bytes hold a counter of changes.
same() {
	case $1 in
	*.db) [ "$(sqlite3 -readonly "$dir/$1" .dump 2>&1)" = "$dump" ] ;;
	*) cmp -s "$dir/$1" "$reference/$1" ;;
	esac
}

if [ -e "$reference/packages.db" ]; then
	dump=$(sqlite3 -readonly "$reference/packages.db" .dump)
fi
while :; do
	for f in "$reference"/*; do
		name=${f##*/}
		looks=$((looks + 1))
		if same "$name"; then
			whole=$((whole + 1))
		elif [ -e "$dir/$name" ] && ! same "$name"; then
			# Still not whole, and not just come into being.
			torn=$((torn + 1))
			last=$name
		else
			absent=$((absent + 1))
		fi
	done
	sleep 0.01
done
