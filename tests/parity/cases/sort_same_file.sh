# SPDX-License-Identifier: MIT
# about: sort -o, shuf -o, tac and uniq onto the file that is read; csplit, comm and join

seq 5000 | tac > a
sort -n -o a a
head -n 3 a
sort -r a -o a
sort -m -n a -o a 2>&1
seq 100 > b
shuf -o b b
sort -n b | cmp - <(seq 100)
sort -n -u -o b b b
tac b > c
uniq c d
comm -12 <(sort b) <(sort c) > e
join <(sort b) <(sort c) > f
csplit -s -n 3 c 20 40 '{1}'
sort --parallel=2 -S 64k -T . -n -r -o a a
paste -d, b c | sort -t, -k2 -o b
rm -f a
wc -l *
