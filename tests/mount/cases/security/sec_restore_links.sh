# SPDX-License-Identifier: MIT
# about: F11: a partial is restored into the directory that it is of, never through a link that stands there by now
# quarantine: some
. "$TESTS/lib/lib.sh"

mkdir d secret
echo precious > secret/conf
bash -c '{ echo evil; kill -9 $$; } > d/conf' || true
wait_until test -n "$("$IDEMFS" partial list "$BACKING" | grep d/conf)"
id=$("$IDEMFS" partial list "$BACKING" | awk '/d\/conf/ { print $1 }')
rmdir d
ln -s secret d
status 1 "$IDEMFS" partial restore --force "$MNT" "$id"
has secret/conf precious
status 1 "$IDEMFS" partial restore "$MNT" "$id"
eq "$(ls secret)" conf
rm d
mkdir d
"$IDEMFS" partial restore "$MNT" "$id"
has d/conf evil
