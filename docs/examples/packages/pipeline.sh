#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What is installed on this machine: from dpkg's database to a table, totals,
# an archive and an SQLite database, in the current directory.
#
# An ordinary script: it writes each output straight to its name, and leaves a
# mark in .checkpoints when a step is done.  See README.md beside it.
#
#	SOURCE  the database to read     (/var/lib/dpkg/status)
#	PACE    seconds that a step takes, to have time to watch or kill it  (0)

SOURCE=${SOURCE:-/var/lib/dpkg/status}
PACE=${PACE:-0}

# Hands its input on in twenty slices, spread over $PACE seconds.
pace() {
	awk -v nap="$(awk -v s="$PACE" 'BEGIN { print s / 20 }')" '
		{ line[NR] = $0 }
		END {
			for (i = 1; i <= NR; i++) {
				print line[i]
				if (nap > 0 && int(i * 20 / NR) > slice) {
					slice = int(i * 20 / NR)
					fflush()
					system("sleep " nap)
				}
			}
		}'
}

fetch() {
	echo "fetch: $SOURCE -> status"
	pace <"$SOURCE" >status
}

transform() {
	echo "transform: status -> packages.tsv"
	awk -v RS= -F '\n' -v OFS='\t' '
		{
			split("", field)
			for (i = 1; i <= NF; i++) {
				n = index($i, ": ")
				if (n > 1 && $i !~ /^ /)
					field[substr($i, 1, n - 1)] = substr($i, n + 2)
			}
			if (field["Status"] ~ / installed$/)
				print field["Package"], field["Version"],
				      field["Architecture"], field["Section"],
				      field["Installed-Size"] + 0
		}' status | sort | pace >packages.tsv
}

aggregate() {
	echo "aggregate: packages.tsv -> sections.tsv"
	awk -F '\t' -v OFS='\t' '
		{ count[$4]++; size[$4] += $5 }
		END { for (s in count) print s, count[s], size[s] }' packages.tsv |
		sort | pace >sections.tsv
}

compress() {
	echo "compress: packages.tsv -> packages.tsv.gz"
	pace <packages.tsv | gzip -9n >packages.tsv.gz
}

load() {
	echo "load: packages.tsv -> packages.db"
	sqlite3 packages.db <<-SQL
		.bail on
		DROP TABLE IF EXISTS packages;
		CREATE TABLE packages (name, version, arch, section,
			kib INTEGER, PRIMARY KEY (name, arch));
		.mode tabs
		.import packages.tsv packages
		.shell sleep $PACE
		CREATE INDEX by_section ON packages (section);
	SQL
}

mkdir -p .checkpoints || exit
[ -e .checkpoints/fetch.done ] ||
	{ fetch && touch .checkpoints/fetch.done; } || exit
[ -e .checkpoints/transform.done ] ||
	{ transform && touch .checkpoints/transform.done; } || exit
[ -e .checkpoints/aggregate.done ] ||
	{ aggregate && touch .checkpoints/aggregate.done; } || exit
[ -e .checkpoints/compress.done ] ||
	{ compress && touch .checkpoints/compress.done; } || exit
[ -e .checkpoints/load.done ] ||
	{ load && touch .checkpoints/load.done; } || exit
