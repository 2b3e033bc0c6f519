# SPDX-License-Identifier: MIT
# about: cli: run, mount, step and mount(8) work with any of the standard descriptors closed
# mount: no
# needs: root unshare
. "$TESTS/lib/lib.sh"

# closed HOW COMMAND...: with those closed that HOW has (i, o, e)
closed() {
	(
		case $1 in *i*) exec <&- ;; esac
		case $1 in *o*) exec >&- ;; esac
		case $1 in *e*) exec 2>&- ;; esac
		shift
		exec timeout -k 5 60 "$@"
	)
}

for how in - i o e io ie oe ioe; do
	status 0 closed $how "$IDEMFS" mount "$BACKING"
	echo "$how" > "$BACKING/f"
	has "$BACKING/f" "$how"
	(cd "$BACKING" && status 0 closed $how "$IDEMFS" step "$how" sh -c 'echo made > s')
	has "$BACKING/s" made
	[ -e "$BACKING/.checkpoints/$how" ] || fail "$how: no mark"
	status 0 closed $how "$IDEMFS" umount "$BACKING"
	has "$BACKING/f" "$how"

	status 7 closed $how "$IDEMFS" run "$BACKING" -- \
		sh -c 'echo run > f; echo more 9> g >&9; touch .checkpoints/r; exit 7'
	has "$BACKING/f" run
	has "$BACKING/g" more
	if mountpoint -q "$BACKING"; then fail "$how: mounted still"; fi

done

# mount(8) looks for the program where it is installed.
if [ -x /sbin/mount.fuse3 ] || [ -x /usr/sbin/mount.fuse3 ]; then
	export BACKING MNT TMP IDEMFS TESTS
	export -f closed
	unshare -m bash -c '
		. "$TESTS/lib/lib.sh"
		mount --make-rprivate /
		mount -t tmpfs tmpfs /usr/local/bin
		cp "$IDEMFS" /usr/local/bin/idemfs
		for how in - i o e io ie oe ioe; do
			status 0 closed $how mount -t fuse.idemfs "$BACKING" "$MNT"
			echo "mount $how" > "$MNT/f"
			has "$MNT/f" "mount $how"
			"$IDEMFS" umount "$MNT"
		done'
fi

# What cannot be said is a failure still.
status 1 closed o "$IDEMFS" --help
# COMMAND finds them as they were: neither to be read nor to be written.
"$IDEMFS" run "$BACKING" -- sh -c '
	(cat && echo read) > in 2> /dev/null || echo refused >> in
	(echo x || echo refused >> out) 2> /dev/null' <&- >&-
has "$BACKING/in" refused
has "$BACKING/out" refused
