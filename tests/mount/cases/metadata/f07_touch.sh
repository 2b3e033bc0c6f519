# SPDX-License-Identifier: MIT
# about: F7: touch sets times, keeps inode and content, and creates what is missing
# native: yes
. "$TESTS/lib/lib.sh"

echo content > f
inode=$(stat -c %i f)
touch -d @1000000000 f
eq "$(stat -c %Y f)" 1000000000
touch f
[ "$(stat -c %Y f)" -gt 1600000000 ] || fail "touch did not set the time"
eq "$(stat -c %i f)" "$inode" inode
has f content
touch -d @1234567890.5 new
eq "$(stat -c %.Y new)" 1234567890.500000000
eq "$(stat -c %s new)" 0
touch -c missing
absent missing
touch -r new f
eq "$(stat -c %.Y f)" 1234567890.500000000
touch -a -d @1111111111 f
eq "$(stat -c %X:%Y f)" 1111111111:1234567890
