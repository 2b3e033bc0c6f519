# SPDX-License-Identifier: MIT
# about: cli: an option that FUSE does not know, remount, a name of a mark that is too long, and EPERM that is not about owners: one line that says it
# mount: no
# needs: root chattr
# backing: ext4 16m
. "$TESTS/lib/cli.sh"

m() { "$IDEMFS" mount "$@" "$BACKING" "$MNT"; }
for list in nosuchopt ro,nosuchopt=1; do
	status 1 m -o "$list" 2> "$TMP/stderr"
	eq "$(wc -l < "$TMP/stderr")" 1 "$(cat "$TMP/stderr")"
	grep -q "unknown.*nosuchopt" "$TMP/stderr" || fail "$(cat "$TMP/stderr")"
done
if mountpoint -q "$MNT"; then fail "mounted"; fi
grep -q -e default_permissions -e fsname -e subtype "$TMP/stderr" &&
	fail "what was not given: $(cat "$TMP/stderr")"
refused 'remount' 'not supported' -- m -o remount,ro
refused 'remount' 'not supported' -- "$IDEMFS" run -o remount "$BACKING" -- true

long=$(printf '%0300d' 0)
status 125 "$IDEMFS" run "$BACKING" -- "$IDEMFS" step "$long" true 2> "$TMP/err"
eq "$(wc -l < "$TMP/err")" 1 "$(cat "$TMP/err")"
grep -q "255 bytes" "$TMP/err" || fail "$(cut -c 1-400 "$TMP/err")"
status 125 "$IDEMFS" run "$BACKING" -- "$IDEMFS" step "group/$long" true 2> "$TMP/err"
grep -q "255 bytes" "$TMP/err" || fail "$(cut -c 1-400 "$TMP/err")"

# Root is the owner, and is not told to be.
rm -r "$BACKING/.idemfs"
chattr +i "$BACKING"
got=0
"$IDEMFS" mount "$BACKING" 2> "$TMP/err" || got=$?
chattr -i "$BACKING"
eq "$got" 1
eq "$(wc -l < "$TMP/err")" 1 "$(cat "$TMP/err")"
grep -q "as the owner" "$TMP/err" && fail "$(cat "$TMP/err")"
grep -q "lsattr" "$TMP/err" || fail "$(cat "$TMP/err")"
