# SPDX-License-Identifier: MIT
# about: F9: cp, dd, cat, tar on a full filesystem fail, and old outputs stay whole
# backing: tmpfs 8m
# quarantine: some
# log: errors
. "$TESTS/lib/lib.sh"

head -c 20000000 /dev/zero | tr '\0' x > "$TMP/big"
echo old > f
status 1 cp "$TMP/big" f 2> /dev/null
has f old
status 1 dd if="$TMP/big" of=f bs=1M 2> /dev/null
has f old
status 1 dd if="$TMP/big" of=f bs=1M conv=fsync 2> /dev/null
has f old
status 1 sh -c 'cat "$TMP/big" > f' 2> /dev/null
has f old
status 1 cp "$TMP/big" new 2> /dev/null
absent new
tar -C "$TMP" -cf t.tar big 2> /dev/null && fail "tar worked"
absent t.tar
"$IDEMFS" partial drop --all "$MNT" > /dev/null
has_partials 0 || fail "drop --all left some"
echo new > f
has f new
