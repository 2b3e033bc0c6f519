# SPDX-License-Identifier: MIT
# about: cc, and ld.lld, which link a library and a program, also over old ones
# needs: cc ar ld.lld

for i in 1 2 3 4; do
	echo "int f$i(void); int f$i(void) { return $i; }" > f$i.c
	cc -g -c f$i.c
done
cat > main.c <<- 'EOF'
	#include <stdio.h>
	int f1(void), f2(void), f3(void), f4(void);
	int main(void) { return printf("%d\n", f1() + f2() + f3() + f4()) < 0; }
EOF
cc -g -c main.c
ar rcs lib.a f3.o f4.o
for again in 1 2 3; do
	cc -fuse-ld=lld -shared -o libx.so f1.o f2.o
	cc -fuse-ld=lld -o prog main.o f*.o
	./prog
	cc -fuse-ld=lld -static -o static main.o f1.o f2.o lib.a
	./static
	cc -fuse-ld=lld -o shared main.o lib.a -L. -lx -Wl,-rpath,$PWD
	./shared
	cc -fuse-ld=lld -r -o part.o f1.o f2.o
done
stat -c '%n %a' prog static shared libx.so part.o
