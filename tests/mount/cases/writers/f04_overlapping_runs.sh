# SPDX-License-Identifier: MIT
# about: F4: two overlapping runs of one script never mix their outputs
. "$TESTS/lib/lib.sh"

run() {
	{
		for i in $(seq 30); do
			echo "$1 $i"
			sleep 0.00$((RANDOM % 9))
		done
	} > out
}

for round in $(seq 8); do
	run a &
	run b &
	wait
	eq "$(wc -l < out)" 30 "lines in round $round"
	eq "$(cut -d' ' -f1 out | sort -u | wc -l)" 1 "round $round: writers"
done
