#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Builds a program with make -j, runs it, and packs what it prints.  The marks
# are make's own: the times of its targets.  ROUND makes two runs differ.
# ld makes its output executable after it closed it.  On any filesystem, a kill
# between the two leaves a whole program that cannot run and that make takes for
# finished.  So the rules write beside and rename.
set -e
[ -e "Makefile" ] && grep -q "^# round $ROUND\$" Makefile || {
	for i in 1 2 3 4 5 6; do
		printf 'int f%d(int x);\nint f%d(int x) { return x * %d + %d; }\n' \
			$i $i $i "$ROUND" > f$i.c
	done
	{
		echo '#include <stdio.h>'
		for i in 1 2 3 4 5 6; do echo "int f$i(int x);"; done
		echo 'int main(void) { int x = 1; for (int i = 0; i < 5000; i++) {'
		for i in 1 2 3 4 5 6; do echo "x = f$i(x) % 9973;"; done
		echo 'printf("%d\n", x); } return 0; }'
	} > main.c
	{
		echo "# round $ROUND"
		echo 'all: numbers.gz'
		echo 'numbers.gz: numbers; gzip -n -c numbers > $@'
		echo 'numbers: prog; ./prog > $@'
		echo 'prog: main.o lib.a; $(CC) -o $@.tmp main.o lib.a && mv $@.tmp $@'
		echo 'lib.a: f1.o f2.o f3.o f4.o f5.o f6.o; ar rcsD $@.tmp $^ && mv $@.tmp $@'
	} > Makefile.new
	mv Makefile.new Makefile
}
make -s -j2
