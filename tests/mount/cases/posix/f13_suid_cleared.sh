# SPDX-License-Identifier: MIT
# about: F13: a write or chown by an ordinary user clears suid and sgid
# needs: root setpriv
# options: --allow-other
# native: yes
. "$TESTS/lib/lib.sh"

chmod 777 .
as() {
	setpriv --reuid 3333 --regid 3333 --clear-groups -- sh -c "$1"
}
as 'echo x > f; chmod 6755 f'
eq "$(stat -c %a f)" 6755
as 'echo y >> f'
eq "$(stat -c %a f)" 755 "after an append"
as 'chmod 6755 f; echo z > f'
eq "$(stat -c %a f)" 755 "after an overwrite"
chmod 6755 f
chown 3334 f
eq "$(stat -c %a f)" 755 "after chown"
