# SPDX-License-Identifier: MIT
# about: C2: what was promoted before a mark is in the backing directory when it returns
. "$TESTS/lib/lib.sh"

for i in $(seq 30); do
	mkdir -p "d$i"
	echo "content $i" > "d$i/f"
	echo "again $i" > f
	touch ".checkpoints/$i.done"
	has "$BACKING/d$i/f" "content $i"
	has "$BACKING/f" "again $i"
	[ -e "$BACKING/.idemfs/marks/$i.done" ] || fail "no mark on disk"
done
eq "$(ls .checkpoints | wc -l)" 30
