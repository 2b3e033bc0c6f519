# SPDX-License-Identifier: MIT
# about: rsync -a twice, the second transfers nothing; then deltas, backups, --delete and hard links
# needs: rsync

mkdir -p src/sub
cp "$SOURCE"/src/core/options/*.[ch] src/
seq 50000 > src/sub/numbers
ln src/sub/numbers src/sub/hard
ln -s numbers src/sub/link
touch -d '2020-01-02 03:04:05.6789' src/sub/numbers
chmod 640 src/rules.c
rsync -aH src/ dst/
rsync -aHi src/ dst/
rsync -aHic src/ dst/
sed -i s/1234/abcd/ src/sub/numbers
touch -d 2020-01-03 src/sub/numbers
rsync -aH --no-whole-file src/ dst/
rsync -aHi --no-whole-file src/ dst/
echo other > src/rules.c
rm src/rules.h
rsync -ab --delete --backup-dir=../old src/ dst/
ls old
rsync -aHi --delete src/ dst/
diff -r src dst
stat -c '%n %h' dst/sub/hard
find dst -name '.*' ! -name .
