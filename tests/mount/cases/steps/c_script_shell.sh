# SPDX-License-Identifier: MIT
# about: C2, C6: the shell script of the manual: steps done are skipped at the second run
. "$TESTS/lib/lib.sh"

cat > "$TMP/pipeline" << 'END'
mkdir -p .checkpoints
fetch() { echo fetch >> "$TMP/trace"; seq 1000 > data; }
count() { echo count >> "$TMP/trace"; wc -l < data > count; [ ! -e "$TMP/stop" ]; }
pack() { echo pack >> "$TMP/trace"; gzip -c data > data.gz; }
[ -e .checkpoints/fetch.done ] || { fetch && touch .checkpoints/fetch.done; } || exit
[ -e .checkpoints/count.done ] || { count && touch .checkpoints/count.done; } || exit
[ -e .checkpoints/pack.done ] || { pack && touch .checkpoints/pack.done; } || exit
END
touch "$TMP/stop"
status 1 bash "$TMP/pipeline"
has "$TMP/trace" "fetch
count"
rm "$TMP/stop"
bash "$TMP/pipeline"
has "$TMP/trace" "fetch
count
count
pack"
bash "$TMP/pipeline"
eq "$(wc -l < "$TMP/trace")" 4
has count 1000
gzip -dc data.gz | cmp - data
rm .checkpoints/pack.done
bash "$TMP/pipeline"
eq "$(tail -n 1 "$TMP/trace")" pack
eq "$(ls .checkpoints | tr '\n' ' ')" "count.done fetch.done pack.done "
