# SPDX-License-Identifier: MIT
# about: cli: mount returns when the mount answers, and holds no descriptor of its caller
# mount: no
. "$TESTS/lib/lib.sh"

for i in $(seq 5); do
	# A daemon that kept the pipe would hold this substitution.
	out=$("$IDEMFS" mount "$BACKING" "$MNT" 2>&1)
	eq "$out" ""
	echo "$i" > "$MNT/f"
	has "$MNT/f" "$i"
	rm "$MNT/f"
	"$IDEMFS" umount "$MNT"
done
cd "$TMP"
mkdir rel m
"$IDEMFS" mount rel m
echo x > m/f
has m/f x
has rel/f x
"$IDEMFS" umount m
mkdir "with space"
"$IDEMFS" mount "with space"
echo x > "with space/f"
"$IDEMFS" umount "with space"
has "with space/f" x
