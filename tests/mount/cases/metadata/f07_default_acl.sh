# SPDX-License-Identifier: MIT
# about: F7: new files and directories inherit the default ACL of theirs
# needs: setfacl
# native: yes
. "$TESTS/lib/lib.sh"

mkdir d
setfacl -d -m u::rwx,g::r-x,o::---,u:1234:rwx,m::rwx d
umask 077
echo x > d/f
mkdir d/sub
touch d/sub/g
want="user::rw-
user:1234:rwx	#effective:rw-
group::r-x	#effective:r--
mask::rw-
other::---
"
eq "$(getfacl -cn --omit-header d/f)" "$(printf %s "$want" | cat)"
eq "$(getfacl -cn d/sub/g)" "$(getfacl -cn d/f)"
eq "$(getfacl -cn d/sub | grep -c default:)" 5
echo again > d/f
eq "$(getfacl -cn d/f)" "$(getfacl -cn d/sub/g)" "after an overwrite"
setfacl -b d/f
eq "$(getfacl -cn d/f | grep -c 1234 || true)" 0
eq "$(stat -c %A d/f | cut -c1-4)" "-rw-"
