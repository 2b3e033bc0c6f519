# SPDX-License-Identifier: MIT
# about: trees: find -delete, rm -rf, cp -R, chmod -R, diff -r, xargs rm, deep and wide

mkdir -p a/b/c/d/e/f/g/h
for i in $(seq 200); do echo $i > a/f$i; done
cp -R a/b a/x
for i in $(seq 20); do cp -R a/b/c a/x/c$i; done
cp -a a copy
diff -r a copy && echo same
chmod -R go-rwx copy
chown -R "$(id -u):$(id -g)" copy
find copy -name 'f*5' -delete
find copy -name 'f*6' -print0 | xargs -0 -P 2 -n 5 rm
find copy -type d -empty | wc -l
find copy -type f | wc -l
mv copy/x copy/y
rm -rf copy/y/c1*
ls copy/y | sort
find copy -depth -type d -empty -exec rmdir {} + 2> /dev/null || :
rm -rf a
find . | wc -l
