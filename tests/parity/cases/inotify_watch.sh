# SPDX-License-Identifier: MIT
# about: inotifywait sees what happens in a directory: created, written, renamed, removed
# needs: inotifywait

mkdir d
: > "$TMP/events"
echo old > d/old
inotifywait -q -m -e create,modify,close_write,moved_from,moved_to,delete,attrib \
	--format '%e %f' d > "$TMP/events" 2> "$TMP/errors" &
watch=$!
: > d/begin
until grep -q CREATE.begin "$TMP/events"; do rm -f d/begin; : > d/begin; done
mkdir d/sub
echo one > d/new
echo two >> d/new
mv d/new d/moved
ln d/moved d/linked
chmod 600 d/moved
rm d/linked
ln -s x d/link
rmdir d/sub
touch d/end
until grep -q CREATE.end "$TMP/events"; do sleep 0.02; done
kill $watch
wait $watch || :
sed -n '/sub/,$p' "$TMP/events" | grep -v end
