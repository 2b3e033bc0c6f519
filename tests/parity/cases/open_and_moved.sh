# SPDX-License-Identifier: MIT
# about: a file that a shell writes is renamed, its directory too, and replaced meanwhile

mkdir d
exec 3> d/f
echo one >&3
mv d e
echo two >&3
mkdir d
echo other > d/f
echo three >&3
exec 3>&-
cat d/f e/f
echo old > g
exec 4>> g
echo appended >&4
mv g h
echo new > g
echo more >&4
exec 4>&-
cat g h
echo x > i
exec 5< i
rm i
cat <&5
exec 5<&-
exec 6> j
echo half >&6
ln -s j k
exec 6>&-
cat k
mkdir -p a/b
exec 7> a/b/c
mv a/b .
mv b a2
echo end >&7
exec 7>&-
find . | sort
