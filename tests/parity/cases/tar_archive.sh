# SPDX-License-Identifier: MIT
# about: tar packs, adds, updates, deletes and extracts: modes, links, holes, times, owners, xattrs
# volatile: a.tar
# needs: tar setfattr gzip bzip2 xz zstd

mkdir -p src/sub
seq 20000 > src/sub/numbers
ln -s ../sub src/sub/link
ln src/sub/numbers src/sub/hard
mkfifo src/fifo
truncate -s 3M src/holes
printf end >> src/holes
chmod 640 src/sub/numbers
chmod 2750 src/sub
setfattr -n user.note -v text src/holes
find src -exec touch -h -d '2020-01-02 03:04:05.678901234' {} +
tar -cSf a.tar --xattrs --sort=name src
tar -tvf a.tar
mkdir x
tar -C x -xpf a.tar --xattrs
find x/src -printf '%P %y %m %n %T@\n' | sort
tar -C x -xpf a.tar --overwrite
tar -C x -xpf a.tar --unlink-first src/fifo src/holes
echo more > more
touch -d '2020-01-02' more
tar -rf a.tar more
tar -uf a.tar more
tar -tf a.tar
for z in gzip bzip2 xz zstd; do
	tar -c --$z -f all.$z --sort=name src
	mkdir y.$z
	tar -C y.$z -x --$z -f all.$z
	diff -r --no-dereference src/sub y.$z/src/sub
done
