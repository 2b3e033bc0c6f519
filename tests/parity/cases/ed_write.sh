# SPDX-License-Identifier: MIT
# about: ed writes a file, another name, appends, and patch applies, also with a backup, and in reverse
# needs: ed patch diff

seq 100 > a
ed -s a <<- 'EOF'
	5s/5/five/
	w
	1,3w b
	4W b
	$a
	last
	.
	wq
EOF
seq 100 > c
diff c a > e.diff || :
diff -u --label old --label new c a > u.diff || :
diff -e c a > ed.diff || :
cp c d
patch -s c e.diff
cmp a c
patch -s -b d < u.diff
cmp a d
patch -s -R d < u.diff
cmp d d.orig
(cat ed.diff; echo w) | ed -s d
cmp a d
patch -s -o new d.orig u.diff
cmp a new
patch -s d < u.diff > out 2>&1 < /dev/null || :
ls
