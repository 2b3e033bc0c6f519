# SPDX-License-Identifier: MIT
# about: loops over files that change them: sed -i, mv, >, gzip, find -exec, xargs
# needs: sed gzip

for i in $(seq 60); do echo "$i one" > f$i.txt; done
for f in *.txt; do sed -i s/one/two/ "$f"; done
for f in *.txt; do mv "$f" "${f%.txt}.dat"; done
for f in *5.dat; do tr 0-9 a-j < "$f" > "$f.new" && mv "$f.new" "$f"; done
for f in *1.dat; do gzip -n "$f"; done
find . -name '*2.dat' -exec sed -i s/two/three/ {} +
find . -name '*3.dat' -exec cp {} {}.bak \;
find . -name '*4.dat' -print0 | xargs -0 -n 2 -P 2 rm
for f in *; do echo "$f" >> list; done
while read -r f; do [ -e "$f" ] && cat "$f" > copy; done < list
for i in 1 2 3; do cat f6*.dat > all; wc -l < all; done
sort -o list list
cat *.dat | sha256sum
