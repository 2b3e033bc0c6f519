# SPDX-License-Identifier: MIT
# about: F5: process substitution writes its file whole, when it has ended
. "$TESTS/lib/lib.sh"

echo old > f
seq 1000 | tee >(sleep 0.2; cat > f) > g
has g "$(seq 1000)"
got_new() { [ "$(wc -l < f)" -eq 1000 ]; }
for _ in $(seq 100); do
	n=$(wc -l < f)
	[ "$n" -eq 1 ] || [ "$n" -eq 1000 ] || fail "torn: $n lines"
done
wait_until got_new
diff <(sort g) <(sort f)
