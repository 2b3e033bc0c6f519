# SPDX-License-Identifier: MIT
# about: F14: what is closed just before umount(2) is promoted, also while other mounts come and go (and get its device number)
# mount: no
# needs: root
. "$TESTS/lib/lib.sh"

come_and_go() {
	mkdir -p "$TMP/ram$1"
	while [ ! -e "$TMP/stop" ]; do
		mount -t tmpfs none "$TMP/ram$1"
		sleep 0.02
		umount "$TMP/ram$1"
	done
}
for i in 1 2 3; do
	come_and_go "$i" &
done
for i in $(seq 15); do
	"$IDEMFS" mount --threads $((i % 3 + 1)) "$BACKING" "$MNT"
	for n in 1 2 3 4 5; do
		echo "round $i" > "$MNT/f$n"
	done
	umount "$MNT"
	wait_until flock -n "$BACKING/.idemfs/lock" true
	for n in 1 2 3 4 5; do
		eq "$(cat "$BACKING/f$n")" "round $i"
	done
done
touch "$TMP/stop"
wait
