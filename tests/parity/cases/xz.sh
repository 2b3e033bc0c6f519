# SPDX-License-Identifier: MIT
# about: xz in place, over an older result, tested, from pipes, with modes and times kept
# needs: xz

seq 50000 > a
chmod 640 a
touch -d '2020-01-02 03:04:05' a
cp -p a b
xz a
stat -c '%n %a %Y' a.xz
xz -t a.xz 2>&1
xz -d -q a.xz
cmp a b
stat -c '%n %a %Y' a
xz -k a
xz -k a 2> /dev/null < /dev/null && echo overwritten || echo refused
xz -k -f -9 a 2>&1
xz -c b > c.xz
cat c.xz c.xz > d.xz
xz -dc d.xz | wc -c
xz -dc < c.xz | cmp - a
seq 10 | xz > pipe.xz
xz -dfk pipe.xz 2>&1
stat -c '%n %s' *
