# SPDX-License-Identifier: MIT
# about: F13: a read-only backing directory is mounted, read, and never written to
# mount: no
# needs: root
. "$TESTS/lib/lib.sh"

ro() {
	"$@" 2>"$TMP/err" && fail "$*: worked"
	grep -qi "read-only" "$TMP/err" || fail "$*: $(cat "$TMP/err")"
}

# Once without any state, once with marks that an earlier mount made
for round in new again; do
	mkdir -p "$BACKING/d"
	echo "$round" >"$BACKING/d/f"
	mount --bind "$BACKING" "$BACKING"
	mount -o remount,bind,ro "$BACKING"
	before=$(find "$BACKING" -printf '%p %s %T@ %C@\n' | sort)

	"$IDEMFS" mount "$BACKING" "$MNT"
	cd "$MNT"
	has d/f "$round"
	eq "$(ls)" d
	eq "$(find . -name '.idemfs*')" ""
	eq "$(stat -c %F .checkpoints)" directory
	ro touch new
	ro sh -c 'echo x >>d/f'
	ro rm d/f
	ro mv d/f d/g
	ro mkdir e
	ro chmod 600 d/f
	ro touch .checkpoints/mark
	ro mkdir .checkpoints/group
	ro truncate -s 0 d/f
	has d/f "$round"
	if [ $round = new ]; then
		eq "$(ls .checkpoints)" ""
		absent .checkpoints/done
	else
		eq "$(ls .checkpoints)" done
		grep -q '^# name done' .checkpoints/done || fail "no manifest"
	fi
	"$IDEMFS" status "$MNT" >"$TMP/out" || fail "status"
	cd "$TMP"
	"$IDEMFS" umount "$MNT"
	eq "$(find "$BACKING" -printf '%p %s %T@ %C@\n' | sort)" "$before" \
		"the backing directory"
	umount "$BACKING"
	if [ $round = new ]; then
		"$IDEMFS" mount "$BACKING" "$MNT"
		echo once >"$MNT/d/f"
		touch "$MNT/.checkpoints/done"
		"$IDEMFS" umount "$MNT"
	fi
done
