# SPDX-License-Identifier: MIT
# about: mktemp and mv, in loops and at once, over one name: always a whole file

umask 022
for i in $(seq 20); do
	t=$(mktemp f.XXXXXX)
	seq $i > "$t"
	mv "$t" f
done
wc -l < f
stat -c %a f
for i in 1 2 3 4; do
	for j in $(seq 5); do
		t=$(mktemp -p . .tmp.XXXXXX)
		seq -f "$i $j %g" 1000 > "$t"
		chmod 644 "$t"
		mv -f "$t" g
		cut -d" " -f1,2 g | sort -u | wc -l
	done &
done | sort | uniq -c
wait
wc -l < g
rm g
d=$(mktemp -d d.XXXXXX)
seq 100 > "$d/x"
mv "$d" done
t=$(mktemp)
echo from elsewhere > "$t"
mv "$t" h
(set -o noclobber; : > h) 2> /dev/null || echo refused
ls -A
