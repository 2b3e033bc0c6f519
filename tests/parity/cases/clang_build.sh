# SPDX-License-Identifier: MIT
# about: clang compiles, writes dependencies, and links thin LTO with lld, with a cache
# needs: clang ld.lld

for i in 1 2 3 4; do
	echo "int f$i(void); int f$i(void) { return $i; }" > f$i.c
done
cat > main.c <<- 'EOF'
	#include <stdio.h>
	int f1(void), f2(void), f3(void), f4(void);
	int main(void) { return printf("%d\n", f1() + f2() + f3() + f4()) < 0; }
EOF
for again in 1 2; do
	for f in f?.c main.c; do
		clang -O1 -MMD -flto=thin -c $f
	done
	clang -flto=thin -fuse-ld=lld -Wl,--thinlto-cache-dir=cache -o prog *.o
	./prog
	clang -save-temps=obj -c main.c -o out.o
	rm out.o
	clang --analyze -Xclang -analyzer-output=text f1.c
done
find cache -type f -name 'llvmcache-*' | wc -l
rm -rf cache
ls
