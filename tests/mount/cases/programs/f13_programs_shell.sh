# SPDX-License-Identifier: MIT
# about: F13: shell idioms: here-documents, noclobber, <>, split, dd notrunc, tee -a
# native: yes
. "$TESTS/lib/lib.sh"

cat > f <<- END
	one
	two
END
has f "one
two"
set -o noclobber
(echo x > f) 2> "$TMP/err" && fail "noclobber let it through"
echo three >| f
set +o noclobber
has f three
exec 3<> f
read -r x <&3
eq "$x" three
echo four >&3
exec 3>&-
has f "three
four"
seq 100 | tee a b > c
cmp a b
cmp a c
echo more | tee -a a > /dev/null
eq "$(wc -l < a)" 101
printf XY | dd of=b bs=1 seek=2 conv=notrunc 2> "$TMP/err"
eq "$(head -c 5 b)" "1
XY3"
split -l 10 c part.
cat part.* | cmp - c
for i in 1 2 3; do echo "line $i"; done > loop
while read -r l; do echo "<$l>"; done < loop > loop2
has loop2 "<line 1>
<line 2>
<line 3>"
(cd . && pwd) > here
: > empty
[ ! -s empty ] || fail empty
diff <(head -n 5 c) <(seq 5)
sort -R c | sort -n -o c
cmp a <(cat c; echo more)
cp c d
mv d e
ln -sf e l
cat l | cmp - c
install -m 600 c inst
eq "$(stat -c %a inst)" 600
truncate -s 3 inst
eq "$(stat -c %s inst)" 3
