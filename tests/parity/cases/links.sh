# SPDX-License-Identifier: MIT
# about: ln and cp -l in all their ways; counts go up and down, and content stays shared

seq 1000 > a
ln a b
ln a c
mkdir d
ln a b c d
stat -c '%n %h' a b c d/a d/b d/c
rm b d/a
stat -c '%n %h' a c d/b d/c
ln -f a d/x
ln -sf a s
ln -sfn d t
ln -sfn a t
ln -sT d u
ln -L s v
ln -P s w
cp -l a e
cp -al d f
chmod 600 d/b
touch -d '2020-01-02 03:04:05' a
stat -c '%n %h %a %Y' a d/* f/* v e
rm d/b
mv a d/b
mv -T d/x a
readlink -f u/c | sed "s|$PWD||"
find . -samefile a | sort
find . -type f -links +3 | sort
rm -r d f
stat -c '%n %h' a c e v
