# SPDX-License-Identifier: MIT
# about: sed -i, with a backup, through a symlink, of several files, of a name with an ACL
# needs: sed setfacl

for i in 1 2 3; do
	seq 1000 > f$i
done
chmod 600 f2
setfacl -m u:12345:r f3
ln -s f1 link
sed -i s/5/five/ f1 f2 f3
sed -i.bak s/6/six/ f1
sed -i'old/*.was' s/7/seven/ f2 2>&1 || mkdir old
sed -i'old/*.was' s/7/seven/ f2
sed -i --follow-symlinks s/8/eight/ link
sed -i s/9/nine/ link
sed -n -i '1,10p' f3
sed -i '$a last' f3
sed -i s/x/y/ missing 2>&1 || echo missing
sed -s -i '1i first' f1 f2
find . -printf '%P %y %m\n' | sort
sha256sum f? link
