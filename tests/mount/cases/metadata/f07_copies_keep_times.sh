# SPDX-License-Identifier: MIT
# about: F7: times that cp -p, cp -a, tar, install -p and mv set are kept
# needs: tar
# native: yes
. "$TESTS/lib/lib.sh"

src=$TMP/src
mkdir -p "$src/sub"
seq 1000 > "$src/a"
seq 50000 > "$src/sub/b"
chmod 750 "$src/a"
touch -d @1000000000.123456789 "$src/a" "$src/sub/b"
touch -d @1111111111 "$src/sub"
times() { (cd "$1" && find . -mindepth 1 -printf '%P %T@ %m\n' | sort); }
want=$(times "$src")

cp -rp "$src" d1
cp -a "$src" d2
cp -a "$src" d2b
cp -a "$src/." d2b
tar -C "$src" -H posix -cf - . | (mkdir d3 && tar -C d3 -xpf -)
cp -a "$src" "$TMP/src2"
mv "$TMP/src2" d4
for d in d1 d2 d2b d3 d4; do
	eq "$(times $d)" "$want" "$d"
	diff -r "$src" $d
done
install -p -m 640 "$src/a" installed
eq "$(stat -c %.Y:%a installed)" 1000000000.123456789:640
install -p -m 600 "$src/a" installed
eq "$(stat -c %.Y:%a installed)" 1000000000.123456789:600
