# SPDX-License-Identifier: MIT
# about: sqlite3 with a rollback journal: delete, truncate and persist; rollback; vacuum; backup
# needs: sqlite3

for mode in delete truncate persist memory; do
	db=$mode.db
	sqlite3 $db "pragma journal_mode=$mode; create table t(x, y)"
	for i in 1 2 3 4 5; do
		sqlite3 $db "insert into t values($i, 'row $i')"
	done
	sqlite3 $db <<- EOF
		begin;
		with recursive c(n) as (select 1 union all select n + 1 from c
			where n < 5000) insert into t select n, 'number ' || n from c;
		rollback;
		select count(*) from t;
		begin;
		with recursive c(n) as (select 1 union all select n + 1 from c
			where n < 5000) insert into t select n, 'number ' || n from c;
		commit;
		create index i on t(y);
		delete from t where x % 3 = 0;
		vacuum;
		.backup copy-$db
		select count(*), sum(x) from t;
	EOF
	sqlite3 $db 'pragma integrity_check'
	sqlite3 copy-$db 'pragma integrity_check; select count(*) from t'
done
ls
