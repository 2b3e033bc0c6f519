# SPDX-License-Identifier: MIT
# about: dpkg-deb builds a package, lists it, extracts it over an older tree, and takes it apart
# needs: dpkg-deb

export SOURCE_DATE_EPOCH=1577934245
mkdir -p p/DEBIAN p/usr/share/thing
seq 20000 > p/usr/share/thing/data
ln -s data p/usr/share/thing/link
ln p/usr/share/thing/data p/usr/share/thing/hard
chmod 600 p/usr/share/thing/data
cat > p/DEBIAN/control <<- 'EOF'
	Package: thing
	Version: 1.0
	Architecture: all
	Maintainer: Nobody <nobody@example.org>
	Description: a thing
EOF
printf '#!/bin/sh\n' > p/DEBIAN/postinst
chmod 755 p/DEBIAN/postinst
chmod 755 p p/DEBIAN p/usr p/usr/share p/usr/share/thing
find p -exec touch -h -d @1577934245 {} +
dpkg-deb --root-owner-group -Zgzip -b p thing.deb
dpkg-deb -c thing.deb
dpkg-deb -x thing.deb x
dpkg-deb -x thing.deb x
dpkg-deb -R thing.deb raw
dpkg-deb -e thing.deb control
dpkg-deb -f thing.deb Version
dpkg-deb --fsys-tarfile thing.deb | tar -t
find x raw/* -printf '%p %m %n %T@\n' | sort
ar t thing.deb
ar p thing.deb debian-binary
