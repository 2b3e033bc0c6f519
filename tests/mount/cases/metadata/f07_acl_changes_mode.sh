# SPDX-License-Identifier: MIT
# about: F7: setting an ACL shows at once in the mode, and chmod in the ACL
# needs: setfacl
# native: yes
. "$TESTS/lib/lib.sh"

echo x > f
chmod 640 f
eq "$(stat -c %a f)" 640
setfacl -m u:1234:rwx f
eq "$(stat -c %a f)" 670
chmod 600 f
eq "$(getfacl -cn f | grep mask)" "mask::---"
sed -i s/x/y/ f
has f y
eq "$(stat -c %a f)" 600
setfacl -b f
eq "$(getfacl -cn f | wc -l)" 4
