# SPDX-License-Identifier: MIT
# about: sqlite3 with a write-ahead log: its log and shared memory come and go
# needs: sqlite3
# options:
# options: --in-place *.db --in-place *.db-*

sqlite3 a.db 'pragma journal_mode=wal; create table t(x)'
for i in 1 2 3 4 5; do
	sqlite3 a.db "insert into t values($i)"
done
sqlite3 a.db <<- EOF
	begin;
	with recursive c(n) as (select 1 union all select n + 1 from c
		where n < 20000) insert into t select n from c;
	commit;
	update t set x = x + 1 where x % 2;
	pragma wal_checkpoint(truncate);
	delete from t where x < 100;
	select count(*), sum(x) from t;
EOF
sqlite3 a.db 'pragma integrity_check'
ls
sqlite3 a.db 'pragma journal_mode=delete'
ls
