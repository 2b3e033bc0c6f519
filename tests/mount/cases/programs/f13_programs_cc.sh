# SPDX-License-Identifier: MIT
# about: F13: cc, ld, ar and make build in the mount, and the program runs
# needs: gcc make ar
# native: yes
# timeout: 300
. "$TESTS/lib/lib.sh"

for i in $(seq 8); do
	echo "int f$i(void); int f$i(void) { return $i; }" > f$i.c
done
{
	for i in $(seq 8); do echo "int f$i(void);"; done
	echo '#include <stdio.h>'
	echo 'int main(void) { int s = 0;'
	for i in $(seq 8); do echo "s += f$i();"; done
	echo 'printf("%d\n", s); return 0; }'
} > main.c
cat > Makefile << 'END'
OBJ = f1.o f2.o f3.o f4.o f5.o f6.o f7.o f8.o
prog: main.o lib.a
	$(CC) $(LDFLAGS) -o $@ main.o lib.a
lib.a: $(OBJ)
	rm -f $@
	ar rcs $@ $(OBJ)
END
make -s -j2
eq "$(./prog)" 36
eq "$(make prog)" "make: 'prog' is up to date."
touch f3.c
make -s -j2
eq "$(./prog)" 36
for ld in bfd gold lld; do
	command -v ld.$ld > /dev/null || continue
	make -s -B -j2 LDFLAGS=-fuse-ld=$ld
	eq "$(./prog)" 36 "$ld"
done
gcc -shared -fPIC -o libx.so f1.c
gcc -g -o again main.c f*.c
eq "$(./again)" 36
strip again
eq "$(./again)" 36
