# SPDX-License-Identifier: MIT
# about: F3: of many processes that create one name with O_EXCL, one succeeds
# native: yes
. "$TESTS/lib/lib.sh"

take() {
	set -o noclobber
	# The redirection opens with O_EXCL.
	if { echo "$1" > lock; } 2> /dev/null; then
		echo won
	fi
}

for round in $(seq 40); do
	rm -f lock
	won=$(for i in 1 2 3 4 5 6 7 8; do take "$i" & done | wc -l)
	eq "$won" 1 "winners in round $round"
done
