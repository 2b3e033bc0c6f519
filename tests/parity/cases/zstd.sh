# SPDX-License-Identifier: MIT
# about: zstd in place, over an older result, tested, from pipes, with modes and times kept
# needs: zstd

seq 50000 > a
chmod 640 a
touch -d '2020-01-02 03:04:05' a
cp -p a b
zstd -q --rm a
stat -c '%n %a %Y' a.zst
zstd -t a.zst 2>&1
zstd -d -q --rm a.zst
cmp a b
stat -c '%n %a %Y' a
zstd -q -k a
zstd -q -k a 2> /dev/null < /dev/null && echo overwritten || echo refused
zstd -q -k -f -9 a 2>&1
zstd -q -c b > c.zst
cat c.zst c.zst > d.zst
zstd -dc d.zst | wc -c
zstd -dc < c.zst | cmp - a
seq 10 | zstd -q > pipe.zst
zstd -dfk pipe.zst 2>&1
stat -c '%n %s' *
