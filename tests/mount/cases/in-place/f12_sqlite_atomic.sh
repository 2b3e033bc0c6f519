# SPDX-License-Identifier: MIT
# about: F12: an SQLite database without a rule: one process after another loses nothing
# needs: sqlite3
. "$TESTS/lib/lib.sh"

sqlite3 a.db 'create table t(x)'
for i in $(seq 30); do
	sqlite3 a.db "insert into t values($i)"
	eq "$(sqlite3 a.db 'select count(*) from t')" "$i"
done
eq "$(sqlite3 a.db 'pragma integrity_check')" ok
