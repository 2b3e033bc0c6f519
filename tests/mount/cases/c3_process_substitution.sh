# SPDX-License-Identifier: MIT
# about: C3: a mark right after a process substitution waits for its file
. "$TESTS/lib/lib.sh"

for i in $(seq 10); do
	seq 1000 | tee >(sleep 0.1; sort -n > sorted) > plain
	touch ".checkpoints/$i.done"
	cmp plain "$BACKING/sorted"
	rm sorted
done
