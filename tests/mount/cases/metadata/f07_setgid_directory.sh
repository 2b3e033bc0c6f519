# SPDX-License-Identifier: MIT
# about: F7: in a setgid directory what is new gets the directory's group
# needs: root
# native: yes
. "$TESTS/lib/lib.sh"

mkdir d
chgrp 4321 d
chmod 2775 d
echo x > d/f
mkdir d/sub
mkfifo d/p
ln -s x d/l
for n in f sub p l; do
	eq "$(stat -c %g d/$n)" 4321 "group of $n"
done
eq "$(stat -c %A d/sub | cut -c7)" s "setgid is inherited"
echo y > d/sub/f
eq "$(stat -c %g d/sub/f)" 4321
