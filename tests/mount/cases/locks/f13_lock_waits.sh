# SPDX-License-Identifier: MIT
# about: F13: flock(1) with -n, -w, -s, -u, -x and a command behaves as ever
# needs: flock
# native: yes
# quarantine: some
. "$TESTS/lib/lib.sh"

echo x > lock
exec 8> lock
flock 8
status 1 flock -n lock true
status 1 flock -w 0.2 lock true
status 9 flock -E 9 -n lock true
status 1 flock -s -n lock true
( exec 9> lock; status 1 flock -n 9; status 1 flock -s -w 0.1 9 )
flock -s 8
flock -s -n lock true
status 1 flock -n lock true
flock -u 8
flock -n lock true
flock -x 8
exec 8>&-
flock -n lock true

# One that waits gets it when it is free, and not before.
mkfifo go
flock lock sh -c 'echo > go; read x < go' &
read x < go
( flock lock sh -c 'echo second >> order' ) &
second=$!
status 1 flock -w 0.2 lock true
echo first > order
echo > go
wait $second
wait
has order "first
second"

# A lock that a child inherits is held until the last of them has closed it.
exec 8> lock
flock 8
sleep 1000 &
child=$!
exec 8>&-
status 1 flock -n lock true
kill $child
wait $child || true
wait_until flock -n lock true

# The lock of a directory, and one of a new file.
mkdir d
flock -n d true
flock -n new sh -c 'flock -n new true && exit 3 || exit 0'
flock -n new true
