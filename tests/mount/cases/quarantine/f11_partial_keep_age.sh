# SPDX-License-Identifier: MIT
# about: F11: what is too old goes from quarantine while the mount lives, without another partial
# mount: no
# quarantine: some
. "$TESTS/lib/lib.sh"

"$IDEMFS" mount --partial-keep 1G,1s --sync-interval 1 "$BACKING" "$MNT"
for i in 1 2; do
	bash -c '{ echo half; kill -9 $$; } > '"$MNT/f$i" || true
done
wait_until grep -q '"f2": not promoted' "$BACKING/.idemfs/log"
gone() {
	echo tick > "$MNT/tick" # it looks while something changes
	! "$IDEMFS" partial list "$MNT" | grep -q 'f[12]'
}
wait_until gone
"$IDEMFS" umount "$MNT"
