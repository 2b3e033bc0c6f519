# SPDX-License-Identifier: MIT
# about: cc with link-time optimisation and a precompiled header, which it maps
# volatile: prog
# needs: cc

cat > all.h <<- 'EOF'
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	int part(int);
EOF
printf '#include "all.h"\nint part(int x) { return x * 2; }\n' > part.c
printf '#include "all.h"\nint main(void) { return printf("%%d\\n", part(21)) < 0; }\n' > main.c
for again in 1 2; do
	cc -O2 -x c-header all.h -o all.h.gch
	cc -O2 -Winvalid-pch -H -c part.c 2> log
	sed 1q log
	cc -O2 -flto=2 -c part.c main.c
	cc -O2 -flto=2 -o prog part.o main.o
	./prog
done
rm all.h.gch *.o log
stat -c '%n %a' *
