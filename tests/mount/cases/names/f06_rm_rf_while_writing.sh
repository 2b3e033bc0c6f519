# SPDX-License-Identifier: MIT
# about: F6: rm -rf and writers at once leave a tree that is one or the other
. "$TESTS/lib/lib.sh"

for round in $(seq 30); do
	mkdir -p d/sub
	for i in $(seq 20); do
		echo "round $round" > "d/sub/f$i" || exit 0
	done 2> /dev/null &
	rm -rf d 2> /dev/null || true
	wait || true
	for f in d/sub/*; do
		[ -e "$f" ] || continue
		has "$f" "round $round"
	done
	rm -rf d
	absent d
done
