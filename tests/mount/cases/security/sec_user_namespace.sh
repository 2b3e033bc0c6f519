# SPDX-License-Identifier: MIT
# about: cli: root of a user namespace mounts, writes, marks, and keeps to what its real user may
# needs: root unshare setpriv
# mount: no
# quarantine: some
. "$TESTS/lib/lib.sh"

chmod 711 "$TMP"
chown 65534:65534 "$BACKING" "$MNT"
echo old > "$BACKING/theirs"
chmod 666 "$BACKING/theirs"
echo secret > "$BACKING/secret"
chmod 600 "$BACKING/secret"
mkdir "$BACKING/sub"
export BACKING MNT TMP IDEMFS TESTS
setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urm bash -c '
	. "$TESTS/lib/lib.sh"
	eq "$(id -u)" 0
	"$IDEMFS" mount "$BACKING" "$MNT"
	cd "$MNT"
	echo x > f
	has f x
	eq "$(stat -c %u:%g f)" 0:0
	mkdir d
	mkfifo d/fifo
	ln -s f link
	# FUSE has no number for users outside, and the kernel no write to them.
	has theirs old
	if echo x 2> /dev/null > theirs; then fail "wrote"; fi
	if cat secret 2> /dev/null; then fail "read what is not his"; fi
	if echo x 2> /dev/null > secret; then fail "wrote what is not his"; fi
	if echo x 2> /dev/null > sub/f; then fail "wrote where he may not"; fi
	sh -c "exec > f; echo part; kill -9 \$\$" || true
	has f x
	touch .checkpoints/m.done
	flock -n f true
	"$IDEMFS" status . > /dev/null
	cd /
	"$IDEMFS" umount "$MNT"
'
has "$BACKING/f" x
has "$BACKING/theirs" old
has "$BACKING/secret" secret
eq "$(stat -c %u:%g "$BACKING/f" "$BACKING/d" "$BACKING/d/fifo")" "65534:65534
65534:65534
65534:65534"
[ -e "$BACKING/.idemfs/marks/m.done" ] || fail "no mark"
