# SPDX-License-Identifier: MIT
# about: install sets modes, compares, makes directories and backups, strips
# needs: cc strip

echo one > a
install -m 640 a b
install -m 755 a b
install -C -m 755 a b
install -C -v -m 755 a b
install -D -m 600 a d/e/f
install -d -m 2750 g/h
install -t g a b
install -b -S .old -m 644 a g/b
echo 'int main(void) { return 0; }' > m.c
cc -g -o m m.c
install -s -m 755 m prog
./prog
install -p -m 444 a times
[ times -nt a ] || [ times -ot a ] || echo as old
umask 077
install a umask
find . -type f -printf '%P %m\n' | sort
