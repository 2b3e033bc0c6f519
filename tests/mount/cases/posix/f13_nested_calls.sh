# SPDX-License-Identifier: MIT
# about: F13: calls answer as below on a filesystem that is mounted inside the tree
# mount: no
# needs: root
. "$TESTS/lib/lib.sh"

mkdir "$BACKING/in" "$BACKING/out"
mount -t tmpfs -o size=64m tmpfs "$BACKING/in"
trap 'umount -l "$BACKING/in"' EXIT
"$IDEMFS" mount --allow-other -o dev,suid "$BACKING" "$MNT"
cd "$MNT/in"
for c in names open attr data dirs xattr setid; do
	same_calls "calls_$c" "$BACKING/in"
done

# A boundary is where it is below; what names both sides is EXDEV.
cd "$BACKING"
"$HELPERS/calls_across" >"$TMP/bare.out"
cd "$MNT"
"$HELPERS/calls_across" >"$TMP/here.out"
diff "$TMP/bare.out" "$TMP/here.out" || fail "- below, + the mount"
cd "$TMP"
"$IDEMFS" umount "$MNT"
