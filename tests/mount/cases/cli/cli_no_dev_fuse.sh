# SPDX-License-Identifier: MIT
# about: cli: /dev/fuse missing, or not permitted, is said so
# mount: no
# needs: root unshare setpriv
. "$TESTS/lib/cli.sh"

export BACKING MNT TMP IDEMFS TESTS
unshare -m bash -c '
	. "$TESTS/lib/cli.sh"
	mount --make-rprivate /
	mkdir "$TMP/dev"
	cp -a /dev/null /dev/zero /dev/urandom "$TMP/dev"
	mount --bind "$TMP/dev" /dev
	refused /dev/fuse -- "$IDEMFS" mount "$BACKING" "$MNT"
	refused /dev/fuse -- "$IDEMFS" run "$BACKING" -- true
	mknod -m 600 "$TMP/dev/fuse" c 10 229
	chown 65534 "$BACKING" "$MNT"
	chmod 777 "$TMP"
	refused /dev/fuse -- setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$IDEMFS" mount "$BACKING" "$MNT"
'
