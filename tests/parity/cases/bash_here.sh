# SPDX-License-Identifier: MIT
# about: here-documents, here-strings, process substitution, coprocesses and named pipes

cat > a <<- EOF
	one $((1 + 1))
	$(echo three)
EOF
cat >> a <<< four
cat a
diff <(sort a) <(sort -r a) > d || :
wc -l d
tee >(sha256sum > sum) < a | cat > b
while [ ! -s sum ]; do sleep 0.02; done
cat sum
mkfifo p
cat p > c &
cat a > p
wait
cmp a c
coproc cat > co
echo text >&"${COPROC[1]}"
eval "exec ${COPROC[1]}>&-"
wait
cat co
mapfile -t lines < a
printf '%s\n' "${lines[@]}" > e
cmp a e
paste <(cut -c1 a) <(cut -c2 a) > f
{ echo out; echo err >&2; } > g 2> h
{ echo both; echo more >&2; } &> i
cat g h i
