# SPDX-License-Identifier: MIT
# about: F12: tail -f follows a log that another process appends to, also once it was truncated
# needs: tail
# native: yes
. "$TESTS/lib/lib.sh"

seen() {
	[ "$(wc -l < "$TMP/seen")" -ge "$1" ]
}

# By polling and by inotify; either must see what is written to an open file.
for how in ---disable-inotify ''; do
	echo first > x.log
	tail $how -s 0.02 -n +1 -f x.log > "$TMP/seen" 2> "$TMP/err" &
	tail=$!
	exec 5>> x.log
	for i in 2 3 4 5; do
		echo "line $i" >&5
		wait_until seen "$i"
	done
	exec 5>&-
	echo 'line 6' >> x.log
	wait_until seen 6
	: > x.log
	echo 'line 7' >> x.log
	wait_until grep -q 'line 7' "$TMP/seen"
	kill $tail
	wait $tail || :
	eq "$(head -n 6 "$TMP/seen" | tr '\n' ,)" \
		"first,line 2,line 3,line 4,line 5,line 6,"
done
