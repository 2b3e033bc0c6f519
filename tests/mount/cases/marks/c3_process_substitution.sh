# SPDX-License-Identifier: MIT
# about: C3: a mark right after a process substitution waits for its file
. "$TESTS/lib/lib.sh"

for i in $(seq 10); do
	# The group closes sorted at once; the substitution has it still.
	{
		seq 1000 | tee >(sleep 0.1; sort -n >&3) > plain
	} 3> sorted
	touch ".checkpoints/$i.done"
	cmp plain "$BACKING/sorted"
	rm sorted
done
