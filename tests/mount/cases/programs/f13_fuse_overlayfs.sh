# SPDX-License-Identifier: MIT
# about: F13: fuse-overlayfs with its upper directory in the mount, as rootless containers have it: make, change, append, rename, remove
# needs: root fuse-overlayfs
. "$TESTS/lib/lib.sh"

mkdir upper work "$TMP/lower" "$TMP/over"
echo below > "$TMP/lower/f"
mkdir "$TMP/lower/d"
echo deep > "$TMP/lower/d/g"
fuse-overlayfs -o "lowerdir=$TMP/lower,upperdir=$PWD/upper,workdir=$PWD/work" \
	"$TMP/over" || fail "it does not mount"
trap 'umount "$TMP/over"' EXIT
cd "$TMP/over"
has f below
echo new > n
for i in 1 2 3; do
	echo "$i" > f
	echo "more $i" >> d/g
	sed -i "s/more $i/line $i/" d/g
done
has f 3
eq "$(tail -n 1 d/g)" "line 3"
mv n d/m
has d/m new
rm f
[ ! -e f ] || fail "f is still there"
echo again > f
has f again
cp -r d e
eq "$(cat e/g)" "$(cat d/g)"
rm -r d
[ ! -e d ] || fail "d is still there"
cd "$MNT"
umount "$TMP/over"
trap - EXIT
has upper/f again
has upper/e/m new
