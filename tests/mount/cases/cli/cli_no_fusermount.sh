# SPDX-License-Identifier: MIT
# about: cli: an ordinary user without fusermount3 is told what to install
# mount: no
# needs: root unshare setpriv
. "$TESTS/lib/cli.sh"

chown 65534 "$BACKING" "$MNT"
chmod 777 "$TMP"
export BACKING MNT TMP IDEMFS TESTS
unshare -m bash -c '
	. "$TESTS/lib/cli.sh"
	mount --make-rprivate /
	for f in $(type -aP fusermount3) /bin/fusermount3 /usr/bin/fusermount3; do
		[ -e "$f" ] && mount --bind /dev/null "$f"
	done
	as="setpriv --reuid 65534 --regid 65534 --clear-groups"
	refused fusermount3 -- $as "$IDEMFS" mount "$BACKING" "$MNT"
	refused fusermount3 -- $as "$IDEMFS" run "$BACKING" -- true
'
