# SPDX-License-Identifier: MIT
# about: F13: the mount can be the upper directory of a kernel overlayfs
# needs: root git
. "$TESTS/lib/lib.sh"

mkdir "$TMP/lower" "$TMP/lower/d" "$TMP/merged" upper work
echo lower > "$TMP/lower/f"
echo x > "$TMP/lower/g"
echo d > "$TMP/lower/d/e"
mount -t overlay overlay "$TMP/merged" -o \
	"lowerdir=$TMP/lower,upperdir=$MNT/upper,workdir=$MNT/work" 2> "$TMP/err" ||
	skip "no overlayfs here: $(cat "$TMP/err")"
trap 'cd /; umount "$TMP/merged"' EXIT
cd "$TMP/merged"

# New, again, appended to, truncated.
echo new > n && has n new || fail "new file"
echo again > n && has n again || fail "overwrite"
echo more >> n && has n "again
more" || fail "append"
truncate -s 3 n && eq "$(cat n)" aga || fail "truncate of an open file"
# What is below is copied up.
echo more >> f && has f "lower
more" || fail "copy up, append"
echo other > f && has f other || fail "overwrite of what was copied up"
echo trunc > g && has g trunc || fail "copy up, truncate"
chmod 600 d/e && has d/e d || fail "copy up, chmod"
# Names.
cp g h && mv h i && has i trunc || fail "cp, mv"
rm d/e && [ ! -e d/e ] && echo new > d/e && has d/e new || fail "rm"
mkdir s && echo 1 > s/1 && rm -r s || fail "rm -r"
sed -i s/t/T/ g && has g Trunc || fail "sed -i"
python3 - << 'END' || fail "shared mapping"
import mmap
open("m", "wb").write(b"x" * 8192)
with open("m", "r+b") as f, mmap.mmap(f.fileno(), 8192) as m:
    m[0:4] = b"abcd"
    m.flush()
assert open("m", "rb").read(6) == b"abcdxx"
END
# A program with many files.
git init -q r && cd r && echo a > a && git add a &&
	git -c user.name=a -c user.email=a@b commit -qm a || fail "git"
eq "$(git status --short)" ""
cd "$MNT"
has upper/n aga
has upper/f other
touch .checkpoints/x.done || fail "a mark"
has "$BACKING/upper/g" Trunc
