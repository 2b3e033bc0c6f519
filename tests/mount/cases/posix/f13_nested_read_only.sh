# SPDX-License-Identifier: MIT
# about: F13: what is mounted read-only inside the tree is EROFS at once, as below
# mount: no
# needs: root
. "$TESTS/lib/lib.sh"

mkdir "$BACKING/ro" "$BACKING/bound" "$BACKING/rw" "$TMP/a" "$TMP/b"
echo old | tee "$TMP/a/f" >"$TMP/b/f"
trap 'umount -l "$BACKING"/{ro,bound,rw}' EXIT
mount -t tmpfs -o size=1m tmpfs "$BACKING/ro"
echo old >"$BACKING/ro/f"
mount -o remount,ro "$BACKING/ro"
mount --bind "$TMP/a" "$BACKING/bound"
mount -o remount,bind,ro "$BACKING/bound"
mount --bind "$TMP/b" "$BACKING/rw"

ro() {
	"$@" 2>"$TMP/err" && fail "$*: worked"
	grep -qi "read-only" "$TMP/err" || fail "$*: $(cat "$TMP/err")"
}

"$IDEMFS" mount "$BACKING" "$MNT"
cd "$MNT"
for d in ro bound; do
	ro sh -c "exec 3>>$d/f"
	ro sh -c "exec 3<>$d/f"
	ro sh -c "exec 3>$d/f"
	ro sh -c "exec 3>$d/new"
	ro truncate -s 0 $d/f
	ro mkdir $d/d
	ro ln -s x $d/s
	ro ln $d/f $d/l
	ro mv $d/f $d/g
	ro rm $d/f
	ro chmod 600 $d/f
	ro touch $d/f
	has $d/f old
	eq "$(ls $d)" f
done
# A bind mount that may be written to is, by a rename of its own.
echo more >>rw/f
echo new >rw/new
has rw/f $'old\nmore'
has rw/new new
eq "$(ls -A rw | xargs)" "f new"
cd "$TMP"
"$IDEMFS" umount "$MNT"
eq "$(ls -A "$TMP/b" | xargs)" "f new"
eq "$(grep -cE ' (warn|error):' "$BACKING/.idemfs/log")" 0
