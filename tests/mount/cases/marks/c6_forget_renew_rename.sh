# SPDX-License-Identifier: MIT
# about: C6: rm forgets a mark, touch makes it anew, mv renames, mkdir and rmdir group
. "$TESTS/lib/lib.sh"

cd .checkpoints
touch a.done
first=$(stat -c %.Y a.done)
rm a.done
absent a.done
status 1 rm a.done 2> "$TMP/err"
touch a.done
sleep 0.05
touch a.done
[ "$(stat -c %.Y a.done)" != "$first" ] || fail "time of a renewed mark"
echo note > b.done
mv b.done c.done
absent b.done
has c.done note
mv c.done a.done
has a.done note
absent c.done
mkdir -p run/2024
mv a.done run/2024/
has run/2024/a.done note
eq "$(find . -type f)" ./run/2024/a.done
status 1 rmdir run 2> "$TMP/err"
mv run run2
has run2/2024/a.done note
rm -r run2
eq "$(ls)" ""
touch x.done
sleep 0.05
before=$(stat -c %.Y x.done)
> x.done
[ "$(stat -c %.Y x.done)" != "$before" ] || fail "> does not renew"
rm -f x.done
cd "$BACKING/.idemfs/marks"
eq "$(find . -type f)" ""
