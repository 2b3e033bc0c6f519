# SPDX-License-Identifier: MIT
# about: ex (vim) writes a file, another, a part, appends, keeps a backup and an undo file
# needs: ex

seq 100 > a
chmod 640 a
run() { ex -u NONE -i NONE -n -s "$@" < /dev/null; }
run -c '%s/5/five/' -c 'wq' a
run -c 'set swapfile directory=.' -c '1d' -c 'w' -c '$d' -c 'w! b' -c '1,3w c' -c '1w >> c' -c 'q!' a
for how in yes no auto; do
	run -c "set backup backupcopy=$how backupdir=. backupext=.$how" -c '2d' -c 'wq' a
done
run -c 'set nobackup nowritebackup' -c '3d' -c 'wq' a
run -c 'set undofile undodir=.' -c '4d' -c 'wq' a
ls -A | grep -c un~ || :
rm -f .*un~
ln -s a link
run -c '5d' -c 'wq' link
chmod 444 a
run -c '6d' -c 'wq!' a || echo "status $?"
stat -c '%n %a' *
head -n 3 a c
