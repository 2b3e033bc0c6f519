# SPDX-License-Identifier: MIT
# about: F7: rsync -a keeps times, so that a second run transfers nothing
# needs: rsync
# native: yes
. "$TESTS/lib/lib.sh"

src=$TMP/src
mkdir -p "$src/sub"
seq 1000 > "$src/a"
seq 50000 > "$src/sub/b"
ln -s a "$src/l"
touch -d @1000000000.123456789 "$src/a"
rsync -a "$src/" d
diff -r "$src" d
eq "$(rsync -ai "$src/" d)" "" "second run"
echo more >> "$src/a"
eq "$(rsync -ai --inplace "$src/" d | wc -l)" 1
eq "$(rsync -ai "$src/" d)" "" "after --inplace"
diff -r "$src" d
echo yet more >> "$src/a"
rsync -a --append "$src/" d
diff -r "$src" d
find . -name '.a.*' | grep . && fail "a temp name of rsync's is left"
exit 0
