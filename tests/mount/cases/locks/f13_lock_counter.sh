# SPDX-License-Identifier: MIT
# about: F13: flock(1) around read-change-write of many processes loses no update
# needs: flock
# native: yes
. "$TESTS/lib/lib.sh"

echo 0 > n
for p in $(seq 6); do
	for i in $(seq 25); do
		flock lockfile sh -c 'v=$(cat n); echo $((v + 1)) > n'
	done &
done
wait
has n 150
