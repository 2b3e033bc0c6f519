# SPDX-License-Identifier: MIT
# about: F13: tar, gzip, xz, zip pack and unpack trees that are equal
# needs: tar gzip xz zip unzip
# native: yes
. "$TESTS/lib/lib.sh"

mkdir -p src/sub
cp /usr/include/std*.h src/ || fail "no headers"
seq 10000 > src/sub/numbers
ln -s ../stdio.h src/sub/link
ln src/sub/numbers src/sub/hard
mkfifo src/fifo
for z in "" z J; do
	mkdir x$z
	tar -c${z}f a$z.tar src
	tar -C x$z -x${z}f a$z.tar
	eq "$(cd x$z/src && find . | sort)" "$(cd src && find . | sort)"
	cmp src/sub/numbers x$z/src/sub/numbers
	eq "$(stat -c %h x$z/src/sub/hard)" 2
	[ -p x$z/src/fifo ] || fail fifo
done
zip -qr a.zip src -x src/fifo
(mkdir y && cd y && unzip -q ../a.zip)
rm src/fifo
diff -r src y/src
rm src/sub/hard
gzip -k src/sub/numbers
gzip -d < src/sub/numbers.gz | cmp - src/sub/numbers
xz -k src/sub/numbers
xz -dc src/sub/numbers.xz | cmp - src/sub/numbers
