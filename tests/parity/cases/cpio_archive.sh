# SPDX-License-Identifier: MIT
# about: cpio packs, extracts, and copies by pass-through, with links
# needs: cpio

mkdir -p src/sub
seq 20000 > src/sub/numbers
ln -s numbers src/sub/link
ln src/sub/numbers src/sub/hard
mkfifo src/fifo
chmod 600 src/sub/numbers
find src -exec touch -h -d '2020-01-02 03:04:05' {} +
for format in newc odc crc; do
	find src -depth | sort | cpio -o -H $format --reproducible --quiet > $format.cpio
	mkdir x.$format
	(cd x.$format && cpio -idmu --quiet < ../$format.cpio)
	(cd x.$format && cpio -idmu --quiet < ../$format.cpio)
	find x.$format/src -type f -printf '%P %m %s %n %T@\n' | sort
done
rm *.cpio
mkdir copy links
find src -depth | sort | cpio -pdm --quiet copy
find src -depth | sort | cpio -pdml --quiet links
stat -c %h links/src/sub/numbers
