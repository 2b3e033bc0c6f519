# SPDX-License-Identifier: MIT
# about: C6: marks made by many processes at once are all there
# options: --threads 1 --open-wait 60
# options: --threads 8 --open-wait 60
. "$TESTS/lib/lib.sh"

for p in $(seq 8); do
	for i in $(seq 10); do
		echo "$p $i" > "out$p"
		touch ".checkpoints/$p-$i.done" || echo failed
	done > "$TMP/out$p" 2>&1 &
done
wait
cat "$TMP"/out*
eq "$(ls .checkpoints | wc -l)" 80
eq "$(find "$BACKING/.idemfs/marks" -type f | wc -l)" 80
for p in $(seq 8); do
	for i in 1 2 3; do touch .checkpoints/same.done; done &
done
wait
[ -e .checkpoints/same.done ] || fail "same.done"
