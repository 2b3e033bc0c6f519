# SPDX-License-Identifier: MIT
# about: cp --reflink=auto and --sparse, over nothing and over a longer file

seq 100000 > a
truncate -s 4M holes
printf x | dd of=holes bs=1 seek=2M conv=notrunc status=none
for how in auto never; do
	cp --reflink=$how a b
	cmp a b
	cp --reflink=$how holes b
	cmp holes b
	cp --reflink=$how a b
	cmp a b
	cp --reflink=$how a new-$how
done
cp --sparse=always holes sparse
cp --sparse=never holes full
cmp sparse full
cp a a 2>&1 || echo the same file
cp --backup=numbered a b
cp --attributes-only full a
stat -c '%n %s' *
