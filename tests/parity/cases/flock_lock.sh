# SPDX-License-Identifier: MIT
# about: flock(1): a counter under a lock, a lock that is taken, shared locks, a lock by descriptor
# needs: flock

echo 0 > count
for i in 1 2 3 4; do
	for j in $(seq 10); do
		flock lock sh -c 'read -r n < count; echo $((n + 1)) > count'
	done &
done
wait
cat count
flock held sleep 2 &
for i in $(seq 100); do
	flock -n held true || break
done
flock -n held true || echo taken
flock -n -E 9 held true || echo "status $?"
flock -s -n held true || echo taken
wait
flock -n held echo free
flock -s held flock -s -n held echo shared
flock -s held flock -n held true || echo exclusive
(flock 8; read -r n < count; echo $((n + 1)) > count) 8< lock
cat count
