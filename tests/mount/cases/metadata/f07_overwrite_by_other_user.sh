# SPDX-License-Identifier: MIT
# about: F7: a user who may write a file may overwrite it, and it keeps its owner
# needs: root setpriv
# options: --allow-other
# native: yes
. "$TESTS/lib/lib.sh"

chmod 777 .
echo old > shared
chmod 666 shared
chown 1111:2222 shared
as() {
	setpriv --reuid "$1" --regid "$2" --clear-groups -- sh -c "$3"
}
as 3333 4444 'echo new > shared'
has shared new
eq "$(stat -c %u:%g:%a shared)" 1111:2222:666
as 3333 4444 'echo more >> shared'
has shared "new
more"
eq "$(stat -c %u:%g:%a shared)" 1111:2222:666
as 3333 4444 'echo mine > own; mkdir dir; ln -s x link; mkfifo fifo'
for f in own dir link fifo; do
	eq "$(stat -c %u:%g $f)" 3333:4444 "owner of $f"
done
chmod 600 shared
status 2 as 3333 4444 'echo bad > shared' 2> /dev/null
has shared "new
more"
# A directory that may not be written is no obstacle to writing a file in it.
mkdir closed
echo old > closed/f
chmod 666 closed/f
chmod 755 closed
as 3333 4444 'echo new > closed/f'
has closed/f new
status 2 as 3333 4444 'echo new > closed/g' 2> /dev/null
absent closed/g
