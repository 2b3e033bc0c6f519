# SPDX-License-Identifier: MIT
# about: a script or a program is run right after it was written, again and again
# needs: cc

cat > m.c <<- 'EOF'
	#include <stdio.h>
	int main(void) { return printf("%d\n", N) < 0; }
EOF
for i in 1 2 3 4 5; do
	cc -DN=$i -o prog m.c
	./prog
	cp prog other
	./other
done
for i in $(seq 100); do
	printf '#!/bin/sh\necho run %d\n' $i > script
	chmod +x script
	./script
done | sha256sum
for i in $(seq 20); do
	printf '#!/bin/sh\nexec echo run %d\n' $i > tmp.$i
	chmod 755 tmp.$i
	mv tmp.$i script
	./script
done | sha256sum
cp "$(type -P sleep)" mine
./mine 3 &
# Once it runs it cannot be written, but replaced.
until [ "$(readlink /proc/$!/exe)" = "$PWD/mine" ]; do sleep 0.02; done
(: > mine) 2> /dev/null && echo written || echo busy
cp --remove-destination "$(type -P true)" mine
./mine && echo the new one
kill $!
wait $! || :
