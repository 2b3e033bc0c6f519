# SPDX-License-Identifier: MIT
# about: mv out of the filesystem and back, over older files, and within it

seq 50000 > a
chmod 750 a
touch -d '2020-01-02 03:04:05.678901234' a
mkdir d
cp -p a d/b
ln -s b d/l
mv a "$TMP/a"
ls
stat -c '%a %s %Y' "$TMP/a"
echo old > a
mv "$TMP/a" a
stat -c '%a %s %Y' a
mv d "$TMP/d"
mv "$TMP/d" d2
stat -c '%a %s %Y' d2/b
readlink d2/l
for i in 1 2 3; do
	echo $i > x$i
	touch -d "2020-01-0$i" x$i
done
mv -b x1 x2
mv -n x3 x2 || echo kept
mkdir e
mv x* e
mv e/x3 .
mv -T e f
mv -u x3 f/x2
ls -R
