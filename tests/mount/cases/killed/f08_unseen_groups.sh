# SPDX-License-Identifier: MIT
# about: F8: a caller that the daemon cannot see may write what its groups and an ACL allow
# mount: no
# needs: root unshare setpriv setfacl
. "$TESTS/lib/lib.sh"

echo old > "$BACKING/by group"
chown 0:2000 "$BACKING/by group"
chmod 664 "$BACKING/by group"
echo old > "$BACKING/by acl"
chmod 600 "$BACKING/by acl"
setfacl -m u:1001:rw "$BACKING/by acl"
unshare -pf "$IDEMFS" mount -f --allow-other "$BACKING" "$MNT" > "$TMP/out" 2>&1 &
daemon=$!
mounted() { mountpoint -q "$MNT"; }
wait_until mounted
cd "$MNT"
as_user() { setpriv --reuid 1001 --regid 1001 --groups 2000 "$@"; }
for f in "by group" "by acl"; do
	as_user sh -c 'echo new > "$0"' "$f"
	has "$f" new
done
chmod 600 "by group"
! as_user sh -c 'echo worse > "$0"' "by group" || fail "it was not his"
has "by group" new
cd "$TMP"
"$IDEMFS" umount "$MNT"
wait "$daemon"
