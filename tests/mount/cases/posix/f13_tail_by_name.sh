# SPDX-License-Identifier: MIT
# about: F13: tail -F shows each new version of a file that is written atomically
# needs: tail
. "$TESTS/lib/lib.sh"

for how in ---disable-inotify ''; do
	echo first > f
	tail $how -s 0.05 -n +1 -F f > "$TMP/seen" 2> "$TMP/err" &
	tail=$!
	wait_until grep -q first "$TMP/seen"
	for i in 1 2 3 4; do
		printf 'version %d\nto its end\n' "$i" > f
		wait_until grep -q "version $i" "$TMP/seen"
	done
	kill $tail
	wait $tail || :
	eq "$(grep -c 'to its end' "$TMP/seen")" 4 "whole versions"
done
