# SPDX-License-Identifier: MIT
# about: zip makes, updates, freshens and deletes in an archive, unzip extracts over old files
# needs: zip unzip

mkdir -p src/sub
seq 20000 > src/sub/numbers
printf 'text\n' > src/text
ln -s sub/numbers src/link
chmod 755 src/text
find src -exec touch -h -d '2020-01-02 03:04:06' {} +
zip -qryX a.zip src
zip -qd a.zip src/text
zip -qX a.zip src/text
printf 'other text\n' > src/text
touch -d '2021-01-02 03:04:06' src/text
zip -qfX a.zip
echo new > src/new
touch -d '2021-01-02 03:04:06' src/new
zip -quX a.zip src/new
unzip -qt a.zip
unzip -l a.zip
unzip -q a.zip -d x
unzip -qo a.zip -d x
find x -type f -printf '%P %m %s %T@\n' | sort
unzip -p a.zip src/text
zip -qX -0 - src/text > stored.zip
unzip -qt stored.zip
