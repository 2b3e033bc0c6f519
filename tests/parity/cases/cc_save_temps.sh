# SPDX-License-Identifier: MIT
# about: cc keeps what it makes on the way, and gcov what a run has counted
# needs: cc gcov
# volatile: *.gcda *.gcno count

cat > m.c <<- 'EOF'
	#include <stdio.h>
	int main(int n, char **v) { (void)v; return n > 1 ? puts("more") : 0; }
EOF
cc -save-temps -O1 -c m.c
cc -MMD -MF m.d -o m2.o -c m.c
cc --coverage -o count m.c
for i in 1 2 3; do
	./count
	./count x > out.$i || :
done
gcov -n count-m.gcda | sed -n 1,2p
