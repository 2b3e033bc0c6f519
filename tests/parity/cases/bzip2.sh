# SPDX-License-Identifier: MIT
# about: bzip2 in place, over an older result, tested, from pipes, with modes and times kept
# needs: bzip2

seq 50000 > a
chmod 640 a
touch -d '2020-01-02 03:04:05' a
cp -p a b
bzip2 a
stat -c '%n %a %Y' a.bz2
bzip2 -t a.bz2 2>&1
bzip2 -d -q a.bz2
cmp a b
stat -c '%n %a %Y' a
bzip2 -k a
bzip2 -k a 2> /dev/null < /dev/null && echo overwritten || echo refused
bzip2 -k -f -9 a 2>&1
bzip2 -c b > c.bz2
cat c.bz2 c.bz2 > d.bz2
bzip2 -dc d.bz2 | wc -c
bzip2 -dc < c.bz2 | cmp - a
seq 10 | bzip2 > pipe.bz2
bzip2 -dfk pipe.bz2 2>&1
stat -c '%n %s' *
