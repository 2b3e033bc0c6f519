# SPDX-License-Identifier: MIT
# about: a directory's times move with its names, and not when a file in it is overwritten

mkdir d
old='2020-01-02 03:04:05.678901234'
seen() {
	[ "$(stat -c %y d | cut -c1-4)" = 2020 ] && echo "$1: as before" || echo "$1: moved"
	touch -d "$old" d
}
echo one > d/f
seen created
echo two > d/f
seen overwritten
echo three >> d/f
seen appended
sed -n 1p d/f > /dev/null
seen read
printf X | dd of=d/f conv=notrunc status=none
seen updated
truncate -s 1 d/f
seen truncated
chmod 600 d/f
seen chmod
touch d/f
seen touched
cp d/f d/g
seen copied
cp d/f d/g
seen 'copied over'
mv d/f d/g
seen renamed
ln d/g d/h
seen linked
rm d/h
seen removed
mkdir d/e
seen mkdir
rmdir d/e
seen rmdir
