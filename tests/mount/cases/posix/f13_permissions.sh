# SPDX-License-Identifier: MIT
# about: F13: permissions hold for other users, and the owner's own mode 000
# needs: root setpriv
# options: --allow-other
# native: yes
. "$TESTS/lib/lib.sh"

chmod 755 .
as() {
	setpriv --reuid 3333 --regid 4444 --clear-groups -- "$@"
}
denied() {
	if as "$@" > /dev/null 2>&1; then
		fail "worked: $*"
	fi
}
echo secret > f
chmod 640 f
mkdir d
echo x > d/g
chmod 700 d
denied cat f
denied sh -c 'echo x > f'
denied sh -c 'echo x >> f'
denied sh -c 'echo x > new'
denied truncate -s 0 f
denied rm -f f
denied mv f f2
denied chmod 777 f
denied chown 3333 f
denied touch -d @1 f
denied ls d
denied cat d/g
denied mkdir e
denied ln f link
denied mkfifo p
has f secret
chmod 1777 .
echo mine > mine
denied rm -f mine
denied mv mine other
as sh -c 'echo own > own; rm own'
as sh -c 'umask 777; echo x > closed' 
eq "$(stat -c %a closed)" 0
denied cat closed
denied sh -c 'echo y > closed'
as rm -f closed
chgrp 4444 f
eq "$(as cat f)" secret
denied sh -c 'echo x > f'
