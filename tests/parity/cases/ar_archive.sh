# SPDX-License-Identifier: MIT
# about: ar, ranlib, strip and objcopy, which write an archive or a program anew
# needs: cc ar

for i in 1 2 3; do
	echo "int f$i(void); int f$i(void) { return $i; }" > f$i.c
	cc -g -c f$i.c
done
ar rcs a.a f1.o f2.o f3.o
ar t a.a
ar d a.a f2.o
ar q a.a f2.o
ranlib a.a
nm a.a
mkdir x
(cd x && ar x ../a.a && cmp f1.o ../f1.o)
cp a.a stripped.a
chmod 640 stripped.a
strip -g stripped.a
objcopy --rename-section .text=.mine f3.o
objcopy --strip-debug f1.o small.o
objdump -h f3.o | grep -c mine
stat -c '%n %a' stripped.a f3.o small.o
