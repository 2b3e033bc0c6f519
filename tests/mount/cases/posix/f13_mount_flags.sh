# SPDX-License-Identifier: MIT
# about: F13: root's mount runs and opens what the filesystem below does
# mount: no
# needs: root setpriv
. "$TESTS/lib/lib.sh"

flags() {
	grep " $MNT fuse" /proc/self/mounts | cut -d ' ' -f 4 | tr , '\n' |
		grep -E '^(nosuid|nodev|noexec|ro|rw)$' | sort | xargs
}

# below OPTIONS: how the filesystem below is mounted
below() {
	mount -t tmpfs -o "$1,size=8m" tmpfs "$BACKING"
	shift
	"$IDEMFS" mount "$@" "$BACKING" "$MNT"
}

above() {
	"$IDEMFS" umount "$MNT"
	umount "$BACKING"
}

below rw
eq "$(flags)" rw
cd "$MNT"
mknod null c 1 3
echo into the void >null
cp "$(command -v id)" id
chown 3333:3333 id
chmod 4755 id
eq "$(setpriv --no-new-privs ./id -u)" 0
eq "$(./id -u)" 3333 "a set-id program"
cd "$TMP"
above

below nosuid,nodev,noexec
eq "$(flags)" "nodev noexec nosuid rw"
above

# Others would get more than they have inside the tree
below rw --allow-other
eq "$(flags)" "nodev nosuid rw"
above

below rw --allow-other -o suid,dev
eq "$(flags)" rw
above

below rw -o nosuid,nodev
eq "$(flags)" "nodev nosuid rw"
above
