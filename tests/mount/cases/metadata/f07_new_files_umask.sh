# SPDX-License-Identifier: MIT
# about: F7: new files and directories follow mode and umask
# native: yes
. "$TESTS/lib/lib.sh"

for mask in 000 022 027 077 777; do
	umask $mask
	: > f
	mkdir d
	mkfifo p
	eq "$(stat -c %a f)" "$(printf %o $((0666 & ~0$mask)))" "file, $mask"
	eq "$(stat -c %a d)" "$(printf %o $((0777 & ~0$mask)))" "dir, $mask"
	eq "$(stat -c %a p)" "$(printf %o $((0666 & ~0$mask)))" "fifo, $mask"
	umask 022
	rm -rf f d p
done
python3 - << 'END'
import os
os.umask(0)
for mode in (0o400, 0o600, 0o640, 0o444, 0o711, 0):
    fd = os.open("g", os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    os.write(fd, b"x")
    assert os.fstat(fd).st_mode & 0o7777 == mode, oct(mode)
    os.close(fd)
    assert os.stat("g").st_mode & 0o7777 == mode, oct(mode)
    os.unlink("g")
END
