# SPDX-License-Identifier: MIT
# about: C5: what restores or copies a mark sets the time that it says, and works
# needs: rsync
. "$TESTS/lib/lib.sh"

time_of() {
	stat -c %Y "$1"
}
cd .checkpoints
touch -d @1000000000 a.done
eq "$(time_of a.done)" 1000000000 "touch -d of a new mark"
touch b.done
touch -d @1000000001 b.done
eq "$(time_of b.done)" 1000000001 "touch -d of one that is there"
touch -r a.done c.done
eq "$(time_of c.done)" 1000000000 "touch -r"
python3 -c 'import os; os.utime("c.done", (5, 1000000003))'
eq "$(time_of c.done)" 1000000003 "utime"
echo note > "$TMP/n"
chmod 640 "$TMP/n"
touch -d @1000000004 "$TMP/n"
cp -p "$TMP/n" d.done || fail "cp -p"
eq "$(time_of d.done)" 1000000004 "cp -p"
has d.done note
cp -a "$TMP/n" e.done || fail "cp -a"
eq "$(time_of e.done)" 1000000004 "cp -a"
install -m 644 "$TMP/n" f.done || fail "install"
has f.done note
install -p -m 644 "$TMP/n" f.done || fail "install over a mark"
eq "$(time_of f.done)" 1000000004 "install -p"
mkdir "$TMP/marks"
cp -p "$TMP/n" "$TMP/marks/g.done"
cp -p "$TMP/n" "$TMP/marks/h.done"
tar cf "$TMP/t" -C "$TMP/marks" g.done
tar xf "$TMP/t" || fail "tar"
eq "$(time_of g.done)" 1000000004 "tar"
has g.done note
rsync -a "$TMP/marks/h.done" . || fail "rsync"
eq "$(time_of h.done)" 1000000004 "rsync"
has h.done note
# A mark that is touched is new, whatever it was.
touch a.done
[ "$(time_of a.done)" -gt 1000000010 ] || fail "touched again"
