# SPDX-License-Identifier: MIT
# about: F12: an SQLite database in place serves two processes at once, also in WAL mode
# needs: sqlite3
# options: --in-place *.db --in-place *.db-*
. "$TESTS/lib/lib.sh"

for mode in delete wal; do
	sqlite3 $mode.db "pragma journal_mode=$mode; create table t(x)" > /dev/null
	for p in 1 2 3; do
		for i in $(seq 15); do
			sqlite3 -cmd '.timeout 60000' $mode.db \
				"insert into t values($p * 1000 + $i)"
		done &
	done
	wait
	eq "$(sqlite3 $mode.db 'select count(distinct x) from t')" 45 "$mode"
	eq "$(sqlite3 $mode.db 'pragma integrity_check')" ok
done
