# SPDX-License-Identifier: MIT
# about: cp -a copies links, modes, times, owners, xattrs and ACLs, also over an older copy
# needs: setfattr setfacl

mkdir -p src/sub
seq 50000 > src/sub/numbers
ln src/sub/numbers src/sub/hard
ln -s numbers src/sub/link
mkfifo src/fifo
chmod 4750 src/sub/numbers
chmod 1777 src/sub
setfattr -n user.note -v text src/sub/numbers 2> "$TMP/err" || cat "$TMP/err"
setfacl -m u:12345:r src/sub/numbers
touch -d '2020-01-02 03:04:05.678901234' src/sub/numbers src/fifo src/sub
for again in 1 2; do
	cp -a src dst
	find src dst -type f -printf '%p %m %u %n %T@\n' | sort
done
cp -a src/. dst
cp -al src linked
stat -c %h src/sub/hard
cp -u src/sub/numbers dst/sub/numbers
cp -p --remove-destination src/sub/numbers dst/sub/hard
cp -b -f src/sub/numbers dst/sub/numbers
cp --no-clobber src/sub/link dst/fifo || echo refused
mkdir other
cp --parents src/sub/hard other
(cd dst && find . | sort)
