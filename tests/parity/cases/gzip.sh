# SPDX-License-Identifier: MIT
# about: gzip in place, over an older result, tested, from pipes, with modes and times kept
# needs: gzip

seq 50000 > a
chmod 640 a
touch -d '2020-01-02 03:04:05' a
cp -p a b
gzip -n a
stat -c '%n %a %Y' a.gz
gzip -t a.gz 2>&1
gzip -d -q a.gz
cmp a b
stat -c '%n %a %Y' a
gzip -n -k a
gzip -n -k a 2> /dev/null < /dev/null && echo overwritten || echo refused
gzip -n -k -f -9 a 2>&1
gzip -n -c b > c.gz
cat c.gz c.gz > d.gz
gzip -dc d.gz | wc -c
gzip -dc < c.gz | cmp - a
seq 10 | gzip -n > pipe.gz
gzip -dfk pipe.gz 2>&1
stat -c '%n %s' *
