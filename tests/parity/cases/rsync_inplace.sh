# SPDX-License-Identifier: MIT
# about: rsync --inplace, --append and --partial write into the file itself
# needs: rsync

mkdir src
seq 50000 > src/numbers
seq 1000 > src/short
rsync -a src/ dst/
touch -d 2020-01-01 src/numbers dst/numbers
sed -i s/1234/abcd/ src/numbers
touch -d 2020-01-05 src
rsync -ai --inplace --no-whole-file src/ dst/ | cut -c1-4
cmp src/numbers dst/numbers
seq 1001 3000 >> src/short
touch -d 2020-01-02 src/short
rsync -a --append-verify src/ dst/
cmp src/short dst/short
seq 3001 4000 >> src/short
touch -d 2020-01-03 src/short
rsync -a --append src/ dst/
cmp src/short dst/short
truncate -s 1000 dst/numbers
rsync -a --partial --partial-dir=.part src/ dst/
rsync -a --temp-dir="$TMP" src/ dst/
rsync -ai src/ dst/
diff -r src dst
