# SPDX-License-Identifier: MIT
# about: cli: an ordinary user mounts, writes, is killed, marks and unmounts
# as: nobody
# quarantine: some
. "$TESTS/lib/lib.sh"

echo old > f
echo new > f
has f new
mkdir d
echo x >> d/g
echo y >> d/g
has d/g "x
y"
sh -c 'exec > f; echo part; kill -9 $$' || true
has f new
wait_until has_partials 1
touch .checkpoints/a.done
[ -e .checkpoints/a.done ] || fail mark
mv d e
rm -r e
"$IDEMFS" status "$MNT" > "$TMP/status"
grep -q a.done "$TMP/status" || fail "$(cat "$TMP/status")"
eq "$(stat -c %U f)" "$(id -un)"
