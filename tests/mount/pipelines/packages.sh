#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Reads the package database: fetch, transform, aggregate, compress, load.
# ROUND makes two runs differ in every output.
set -o pipefail
mkdir -p .checkpoints

step() {
	[ -e ".checkpoints/$1.done" ] || { "$1" && touch ".checkpoints/$1.done"; } ||
		exit
}

fetch() {
	{
		echo "Round: $ROUND"
		echo
		head -n 12000 "$STATUS"
	} > status
}

transform() {
	awk -F': ' -v round="$ROUND" '
		/^Package: / { p = $2 }
		/^Section: / { s = $2 }
		/^Installed-Size: / { n = $2 + round }
		/^$/ && p { print p "\t" s "\t" n; p = s = ""; n = 0 }
	' status > table.tsv
}

aggregate() {
	{
		echo "section count size (round $ROUND)"
		awk -F'\t' '{ c[$2]++; n[$2] += $3 } END {
			for (s in c) print s, c[s], n[s]
		}' table.tsv | sort
	} > sections.txt
	sort -t$'\t' -k3,3nr -k1,1 table.tsv | head -n 50 > top.tsv
	sort -o biggest.tsv top.tsv
}

compress() {
	gzip -n -c table.tsv > table.tsv.gz
	tar -c --sort=name --mtime=@0 --owner=0 --group=0 -f all.tar \
		sections.txt biggest.tsv
	gzip -n -f all.tar
}

load() {
	rm -f packages.sqlite
	{
		echo "create table p(name text, section text, size integer);"
		echo "begin;"
		awk -F'\t' '{ printf "insert into p values(\"%s\", \"%s\", %d);\n",
			$1, $2, $3 }' table.tsv
		echo "commit; create index i on p(section);"
	} | sqlite3 packages.sqlite
	sqlite3 packages.sqlite 'select section, count(*) from p group by 1' > counts
}

step fetch
step transform
step aggregate
step compress
step load
