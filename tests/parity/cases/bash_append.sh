# SPDX-License-Identifier: MIT
# about: >> in loops, from background jobs and from xargs -P, and >> with > in one script

for i in $(seq 50); do echo "line $i" >> a; done
wc -l < a
seq 60 | xargs -P 4 -I{} sh -c 'echo "job {}" >> b'
sort -n -k2 b | sha256sum
rm b
for i in 1 2 3 4; do
	for j in $(seq 10); do echo "$i $j" >> c; done &
done
wait
sort c | sha256sum
rm c
for i in $(seq 10); do
	echo $i > last
	echo $i >> all
	cat last >> all
done
cat all
find . -name 'a*' -exec sh -c 'echo "$1" >> names' - {} \;
sort names
seq 20 | xargs -P 4 -n 5 sh -c 'for x; do echo $x > n$x; done' -
cat n? n?? | sort -n | tail -n 1
