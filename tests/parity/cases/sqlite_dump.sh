# SPDX-License-Identifier: MIT
# about: sqlite3 imports, dumps, writes output files, archives, and a database is made from a dump
# needs: sqlite3

seq 2000 | sed 's/.*/&,row &/' > rows.csv
sqlite3 a.db <<- 'EOF'
	create table t(x integer, y text);
	.mode csv
	.import rows.csv t
	.output out.csv
	select * from t where x % 100 = 0;
	.output
	select count(*) from t;
	.once first.txt
	select y from t limit 1;
	.dump
EOF
sqlite3 a.db .dump > dump.sql
sqlite3 b.db < dump.sql
sqlite3 b.db .dump | cmp - dump.sql
sqlite3 a.db "vacuum into 'c.db'"
sqlite3 c.db 'select sum(x) from t'
sqlite3 a.db "attach 'd.db' as d; create table d.t as select * from t; detach d"
sqlite3 d.db 'select count(*) from t; pragma integrity_check'
cat out.csv first.txt
