# SPDX-License-Identifier: MIT
# about: exec 3<> and 3>, moved and duplicated descriptors, noclobber, truncation by :>

seq 5 > f
exec 3<> f
read -r x <&3
echo "$x"
echo X >&3
read -r x <&3
echo "$x"
exec 3>&-
cat f
exec 4> g 5>&4
echo four >&4
echo five >&5
exec 4>&-
echo five again >&5
exec 5>&-
cat g
set -o noclobber
(echo x > g) 2> /dev/null || echo refused
echo three >| g
(echo new > h) && cat h
set +o noclobber
: > h
> i
echo more >> g
exec 6< g
rm g
cat <&6
exec 6<&-
for i in 1 2 3; do
	for j in 1 2 3; do echo $i$j; done > inner
	cat inner
done > outer
while read -r a; do echo "<$a>"; done < outer > outer2
(exec > sub; echo inside)
cat sub
f() { echo "function $1"; } > func
f one
f two
cat func
[ -e /dev/fd/1 ] && echo by descriptor > /dev/fd/1 > j
ls -l | wc -l
