# SPDX-License-Identifier: MIT
# about: curl writes a file from file://, resumes it, and writes several at once
# needs: curl

seq 20000 > src
for i in 1 2 3; do
	curl -sS -o got "file://$PWD/src"
done
cmp src got
head -c 50000 src > part
curl -sS -C - -o part "file://$PWD/src"
cmp src part
curl -sS --create-dirs -o a/b/c "file://$PWD/src" -o d "file://$PWD/part"
curl -sS -R -o times "file://$PWD/src"
[ "$(stat -c %Y times)" = "$(stat -c %Y src)" ] && echo as old
curl -sS -o missing "file://$PWD/nothing" 2>&1 | sed "s|$PWD||" || :
ls
